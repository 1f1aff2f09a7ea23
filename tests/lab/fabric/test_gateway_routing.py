from __future__ import annotations

import re
from pathlib import Path

from lab.fabric.gateway_routing import bird, bird_config, sessions, table_symbol
from tests.lab.fabric.deployed import Deployed
from tests.lab.fabric.test_gateway import gateway_of


def _block(text: str, head: str) -> str:
    found = re.search(rf"^protocol {head} {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)
    assert found, f"no block {head} in {text}"
    return found.group(1)


def _pipes(text: str) -> dict[str, tuple[str, str]]:
    """Export and import of each pipe, by the table it leads to."""
    found = re.findall(r"peer table (\w+);.*?export (.*?);.*?import (.*?);", text, re.DOTALL)
    return {table: (export, import_) for table, export, import_ in found}


def test_connect_routes_go_into_propagated_tables_and_the_associated_one_is_advertised() -> None:
    pipes = _pipes(bird_config(gateway_of(Deployed())))
    assert pipes[table_symbol("connect")] == ("none", "all")
    assert pipes[table_symbol("vpcs")][1] == "none"
    assert pipes[table_symbol("vpcs")][0].startswith("where proto ~")


def test_each_peer_has_two_sessions_with_the_hold_time_of_the_gateway() -> None:
    gateway = gateway_of(Deployed())
    text = bird_config(gateway)
    addresses = []
    for session in sessions(gateway):
        block = _block(text, f"bgp {session.symbol}")
        for line in ("multihop 2;", "hold time 30;", "keepalive time 10;", "graceful restart aware;"):
            assert line in block
        assert "import limit 1000 action restart;" in block
        addresses.append(session.gateway_address)
    assert addresses == ["169.254.6.2", "169.254.6.3", "169.254.6.10", "169.254.6.11"]


def test_static_routes_come_before_those_of_vpcs() -> None:
    text, symbol = bird_config(gateway_of(Deployed())), table_symbol("connect")
    static, vpc = _block(text, f"static static_{symbol}"), _block(text, f"static vpcs_{symbol}")
    assert "preference 220;" in static
    assert "preference 210;" in vpc
    assert "route 10.0.0.0/8 via 169.254.0.1 % 'black-hole' onlink;" in static
    assert "route 10.20.0.0/20 via 169.254.0.1 % 'vpc-app' onlink;" in vpc


def test_a_static_route_to_an_attachment_leads_to_its_vpc() -> None:
    deployed = Deployed()
    place = {"transitGatewayRouteTableId": "vpcs", "destinationCidrBlock": "10.99.0.0/16"}
    deployed.put("tgw/Route", "static", transitGatewayAttachmentId="tgw-attach-shared", **place)
    assert "route 10.99.0.0/16 via 169.254.0.1 % 'vpc-shared' onlink;" in bird_config(gateway_of(deployed))


def test_a_table_without_propagation_knows_no_vpc() -> None:
    text = bird_config(gateway_of(Deployed()))
    assert "route" not in _block(text, f"static vpcs_{table_symbol('transport')}")


def test_own_routes_are_advertised_only_where_the_associated_table_has_them() -> None:
    deployed = Deployed()
    assert bird_config(gateway_of(deployed)).count("then reject;") == 4
    pair = {"transitGatewayAttachmentId": "tgw-attach-connect", "transitGatewayRouteTableId": "connect"}
    deployed.put("tgw/RouteTablePropagation", "more", **pair)
    assert bird_config(gateway_of(deployed)).count("then reject;") == 0


def test_bird_takes_a_changed_file_without_a_restart() -> None:
    program = bird(gateway_of(Deployed()), Path("/run/x"))
    assert program.reload_argv == ("birdc", "-s", "/run/x/gateway/bird.ctl", "configure")
    assert program.is_real_time

from __future__ import annotations

from pathlib import Path

from lab.fabric import names
from lab.fabric.blueprint import Blueprint, Namespace
from lab.fabric.gateway_wiring import gateway_part
from tests.lab.fabric.deployed import Deployed
from tests.lab.fabric.test_gateway import gateway_of


def _part(deployed: Deployed, gre: str = "userspace") -> tuple[Blueprint, Namespace]:
    part = gateway_part(gateway_of(deployed), "kernel" if gre == "kernel" else "userspace", Path("/run/x"))
    return part, part.namespaces[0]


def test_an_attachments_packets_are_looked_up_in_its_associated_table() -> None:
    _, space = _part(Deployed())
    assert f"pref 30 iif vpc-app lookup {names.table('vpcs')}" in space.rules
    assert f"pref 30 iif vpc-router lookup {names.table('transport')}" in space.rules
    assert f"pref 30 iif gre-aws-a lookup {names.table('connect')}" in space.rules


def test_without_association_there_is_no_lookup() -> None:
    deployed = Deployed()
    deployed.remove("tgw/RouteTableAssociation", "as-tgw-attach-connect")
    assert not any("iif gre-" in rule for rule in _part(deployed)[1].rules)


def test_gre_is_connects_only_over_the_transport_and_between_both_addresses() -> None:
    _, space = _part(Deployed())
    assert (
        'iifname "vpc-router" ip protocol 47 ip saddr 10.255.0.10 ip daddr 10.254.0.1 meta mark set 0x1'
        in space.ruleset
    )
    assert space.ruleset.count("ip protocol 47") == 2
    assert not space.keeps_default_rules


def test_what_the_gateway_itself_sends_to_a_peer_leaves_by_the_transport() -> None:
    _, space = _part(Deployed())
    rule = next(rule for rule in space.rules if "from 10.254.0.1 to 10.255.0.10" in rule)
    table = int(rule.rsplit(" ", 1)[1])
    assert [route.device for route in space.routes if route.table == table] == ["vpc-router"]


def test_gre_in_user_space_has_the_arguments_of_the_kernels() -> None:
    part, _ = _part(Deployed())
    program = next(program for program in part.programs if program.name.startswith("gre-aws-b"))
    assert program.argv[-5:] == ("gre-aws-b", "10.254.0.2", "10.255.0.26", "169.254.6.10/29,169.254.6.11/29", "8476")
    part, space = _part(Deployed(), "kernel")
    device = next(device for device in part.devices if device.name == "gre-aws-b")
    assert (device.kind, device.mtu_bytes) == ("gre local 10.254.0.2 remote 10.255.0.26 ttl 64", 8476)
    assert "169.254.6.11/29 dev gre-aws-b" in [address.text for address in space.addresses]

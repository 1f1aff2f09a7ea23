from __future__ import annotations

import pytest

from lab.fabric.sakura import filter_rules, other_archives, servers
from tests.lab.fabric.deployed import Deployed


@pytest.mark.parametrize(
    ("expression", "match", "is_allowed"),
    [
        ({"protocol": "ip", "allow": False}, "", False),
        ({"protocol": "ip", "sourceNetwork": "192.0.2.0/24"}, "ip saddr 192.0.2.0/24", True),
        ({"protocol": "udp", "destinationPort": "51820-51827"}, "ip protocol udp udp dport 51820-51827", True),
        ({"protocol": "tcp", "sourcePort": "443"}, "ip protocol tcp tcp sport 443", True),
        ({"protocol": "https"}, "ip protocol tcp tcp dport 443", True),
        ({"protocol": "fragment"}, "ip frag-off & 0x1fff != 0", True),
        ({"protocol": "icmp", "allow": True}, "ip protocol icmp", True),
    ],
)
def test_an_expression_becomes_a_match(expression: dict[str, object], match: str, is_allowed: bool) -> None:
    (rule,) = filter_rules([expression])
    assert (rule.match, rule.is_allowed) == (match, is_allowed)


def test_expressions_keep_their_order() -> None:
    rules = filter_rules([{"protocol": "icmp"}, {"protocol": "ip", "allow": False}, {"protocol": "tcp"}])
    assert [rule.is_allowed for rule in rules] == [True, False, True]


def test_nics_are_named_by_their_order_and_plugged_where_the_server_says() -> None:
    deployed = Deployed()
    server = servers(deployed.clouds())[0]
    assert [(nic.device, nic.fabric_netns) for nic in server.node.nics] == [
        ("internet", "shared"),
        ("closed", "switch"),
    ]
    assert str(server.node.internet.address) == "198.51.100.10/24"
    assert server.node.nics[1].address is None
    deployed.change("sakura/Server", "server-sakura-a", networkInterfaces=[{"upstream": "1"}, {"upstream": "shared"}])
    server = servers(deployed.clouds())[0]
    assert [(nic.device, nic.fabric_netns) for nic in server.node.nics] == [
        ("internet", "switch"),
        ("closed", "shared"),
    ]


def test_a_server_is_called_by_its_host_name_then_by_its_note() -> None:
    deployed = Deployed()
    deployed.change("sakura/Note", "note-sakura-a", content='{"router": "sakura-z"}')
    assert [server.node.name for server in servers(deployed.clouds())] == ["sakura-a", "sakura-b"]
    deployed.change("sakura/Server", "server-sakura-a", diskEditParameter={"notes": [{"id": "note-sakura-a"}]})
    assert [server.node.name for server in servers(deployed.clouds())] == ["sakura-z", "sakura-b"]


def test_a_disk_of_another_archive_is_found() -> None:
    deployed = Deployed()
    for router, archive in (("sakura-a", "113000000002"), ("sakura-b", "113000000009")):
        deployed.put("sakura/Disk", f"disk-{router}", sourceArchiveId=archive)
        deployed.change("sakura/Server", f"server-{router}", disks=[f"disk-{router}"])
    clouds = deployed.clouds()
    (finding,) = other_archives(clouds, servers(clouds), "113000000002")
    assert (finding.hop, finding.resource) == ("sakura-b", "disk-sakura-b")
    assert finding.rule == "is a copy of 113000000009, the routers' is 113000000002"


def test_the_hardware_address_is_the_clouds() -> None:
    deployed = Deployed()
    cards = [{"upstream": "shared", "macAddress": "9c:a3:ba:00:00:01"}]
    deployed.change("sakura/Server", "server-sakura-a", networkInterfaces=cards)
    assert servers(deployed.clouds())[0].node.internet.mac == "9c:a3:ba:00:00:01"

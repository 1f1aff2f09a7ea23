"""The shared segment: stateless packet filters, one address to a NIC.

stranger, aws-a -- internet -- [shared] -- sakura-a, sakura-b
"""

from __future__ import annotations

import re

import pytest

from tests.lab.fabric.outside import Lab

pytestmark = pytest.mark.netns


def _arrived(lab: Lab, netns: str) -> int:
    """Datagrams that came to a closed port."""
    return int(re.findall(r"UdpNoPorts\s+(\d+)", lab.run(netns, "nstat", "-az", "UdpNoPorts"))[0])


def test_a_filter_lets_in_what_it_names(lab: Lab) -> None:
    before = _arrived(lab, "sakura-a")
    lab.udp("aws-a", "198.51.100.10", 51820, 51820)
    assert _arrived(lab, "sakura-a") == before + 1


def test_a_filter_drops_what_it_does_not_name(lab: Lab) -> None:
    before = _arrived(lab, "sakura-a")
    lab.udp("stranger", "198.51.100.10", 51820, 51820)
    assert _arrived(lab, "sakura-a") == before
    assert lab.dropped("sakura-a filter-sakura-a does not admit udp/51820 from 192.0.2.66")


def test_a_filter_has_no_memory_so_replies_need_a_rule(lab: Lab) -> None:
    server = lab.serve("api", 443)
    assert lab.connects("sakura-b", "192.0.2.10", 443)
    lab.deployed.change("sakura/PacketFilter", "filter-sakura-b", expressions=[{"protocol": "ip", "allow": False}])
    lab.resync()
    assert not lab.connects("sakura-b", "192.0.2.10", 443)
    assert lab.connects("sakura-a", "192.0.2.10", 443)
    lab.ask("stop", server)


def test_the_first_match_decides_and_no_match_lets_in(lab: Lab) -> None:
    no_echo = {"protocol": "icmp", "sourceNetwork": "192.0.2.66", "allow": False}
    lab.deployed.change("sakura/PacketFilter", "filter-sakura-b", expressions=[no_echo, {"protocol": "icmp"}])
    lab.resync()
    assert not lab.pings("stranger", "198.51.100.11")
    assert lab.pings("api", "198.51.100.11")
    before = _arrived(lab, "sakura-b")
    lab.udp("stranger", "198.51.100.11", 9, 9)
    assert _arrived(lab, "sakura-b") == before + 1


def test_a_server_may_use_its_own_address_only(lab: Lab) -> None:
    lab.run("sakura-a", "ip", "address", "add", "198.51.100.77/32", "dev", "internet")
    assert not lab.pings("sakura-a", "192.0.2.10", "-I", "198.51.100.77")
    assert lab.dropped("sakura-a server-sakura-a may send from 198.51.100.10 only, not from 198.51.100.77")


def test_the_nic_of_the_switch_is_bare_and_down_until_its_machine_has_an_address_for_it(lab: Lab) -> None:
    assert re.search(r"closed@\S+\s+DOWN\s*$", lab.run("sakura-a", "ip", "-br", "address"), re.MULTILINE)
    said = lab.run("sakura-a", "ip", "link", "show", "internet")
    assert "mtu 1500" in said

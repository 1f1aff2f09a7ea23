"""The Transit Gateway: tables, Connect peers and what is shared between them.

host-app-a -- [vpc-app] -- [gateway] == GRE over [vpc-router] == aws-a, aws-b (the site's address behind both)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.fabric import routers
from tests.lab.fabric.outside import Lab, wait_until
from tests.lab.fabric.routers import SITE_HOST, SITE_PREFIX

pytestmark = pytest.mark.netns
HASH_SEED = Path("/proc/sys/net/ipv4/fib_multipath_hash_seed")


@pytest.fixture(scope="module")
def tunnels(lab: Lab) -> None:
    for router in ("aws-a", "aws-b"):
        routers.join(lab, router)


@pytest.fixture
def speak(lab: Lab, tunnels: None) -> Iterator[Speak]:
    speaking = Speak(lab)
    yield speaking
    speaking.stop()


class Speak:
    """Routers that speak for as long as a test runs."""

    def __init__(self, lab: Lab) -> None:
        self._lab, self._numbers = lab, list[int]()

    def __call__(self, router: str, **words: object) -> None:
        self._numbers.append(routers.announce(self._lab, router, **words))  # type: ignore[arg-type]
        wait_until(lambda: _up(self._lab, router) == 2)

    def stop(self) -> None:
        for number in self._numbers:
            self._lab.ask("stop", number)
        wait_until(lambda: not _hops(self._lab, "vpcs"))


def _up(lab: Lab, router: str) -> int:
    return sum(s.state == "Established" and s.imported > 0 for s in lab.state().sessions if s.router == router)


def _hops(lab: Lab, table: str, destination: str = SITE_PREFIX) -> tuple[str, ...]:
    return next((r.next_hops for r in lab.state().tables[table] if r.destination == destination), ())


def test_a_peer_with_equal_paths_shares_the_flows(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    speak("aws-b")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a", "gre:aws-b"))
    assert lab.pings("host-app-a", SITE_HOST)


def test_paths_of_one_length_but_other_asns_are_kept_apart(lab: Lab, speak: Speak) -> None:
    speak("aws-a", path="65010")
    speak("aws-b", path="65011")
    wait_until(lambda: len(_hops(lab, "vpcs")) == 1)
    assert [s.imported for s in lab.state().sessions] == [1, 1, 1, 1]


def test_the_shorter_path_wins_and_the_longer_one_takes_over(lab: Lab, speak: Speak) -> None:
    speak("aws-b", path="65010 65010")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-b",))
    speak("aws-a", path="65010")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))


def test_the_gateway_advertises_the_table_of_the_connect_attachment(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    said = lab.run("aws-a", "birdc", "-r", "-s", "/run/wireguard/aws-a.ctl", "show route all protocol session_2")
    for destination in ("10.20.0.0/20", "10.21.0.0/20", "10.255.0.0/24", "10.0.0.0/8"):
        assert destination in said
    assert SITE_PREFIX not in said
    assert "BGP.as_path: 64512\n" in said
    assert "BGP.med: 100" in said


def test_routes_go_only_into_the_tables_they_propagate_to(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))
    assert _hops(lab, "transport") == ("gre:aws-a",)
    assert _hops(lab, "connect") == ()


def test_a_site_reaches_a_vpc_and_a_wrong_source_of_gre_is_traffic_of_the_transport(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))
    assert lab.pings("aws-a", "10.20.1.254", "-I", SITE_HOST)
    peer = {"transitGatewayAddress": "10.254.0.1", "peerAddress": "10.255.0.11"}
    lab.deployed.change("tgw/ConnectPeer", "peer-aws-a", **peer)
    lab.resync()
    assert not lab.pings("aws-a", "10.20.1.254", "-I", SITE_HOST)
    assert lab.dropped("gre:aws-a peer-aws-a takes GRE from")
    lab.deployed.change("tgw/ConnectPeer", "peer-aws-a", peerAddress="10.255.0.10")
    lab.resync()
    wait_until(lambda: _up(lab, "aws-a") == 2)


def test_a_wrong_asn_keeps_the_sessions_down(lab: Lab, speak: Speak) -> None:
    lab.deployed.change("tgw/ConnectPeer", "peer-aws-b", bgpAsn="64999")
    lab.resync()
    speak("aws-a")
    number = routers.announce(lab, "aws-b")
    wait_until(lambda: any("Bad peer AS" in s.last_error for s in lab.state().sessions if s.router == "aws-b"))
    assert _up(lab, "aws-b") == 0
    lab.deployed.change("tgw/ConnectPeer", "peer-aws-b", bgpAsn="64513")
    lab.resync()
    wait_until(lambda: _up(lab, "aws-b") == 2)
    lab.ask("stop", number)


def test_a_static_route_beats_an_announced_one(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))
    place = {"transitGatewayRouteTableId": "vpcs", "destinationCidrBlock": SITE_PREFIX}
    lab.deployed.put("tgw/Route", "static", blackhole=True, **place)
    lab.resync()
    wait_until(lambda: _hops(lab, "vpcs") == ("blackhole",))
    assert not lab.pings("host-app-a", SITE_HOST)
    assert lab.dropped(f"gateway vpcs blackholes {SITE_HOST}")
    lab.deployed.remove("tgw/Route", "static")
    lab.resync()
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))


def test_more_routes_than_the_quota_reset_the_session(lab: Lab, speak: Speak) -> None:
    speak("aws-b")
    many = tuple(f"192.168.{third}.{fourth}/32" for third in range(4) for fourth in range(251))
    number = routers.announce(lab, "aws-a", prefixes=many)
    wait_until(lambda: any("limit" in s.last_error for s in lab.state().sessions if s.router == "aws-a"))
    lab.ask("stop", number)


def test_packets_above_the_mtu_of_gre_are_refused(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))
    assert lab.pings("host-app-a", SITE_HOST, "-Mdo", "-s8448")
    assert not lab.pings("host-app-a", SITE_HOST, "-Mdo", "-s8449")


def test_an_attachment_reaches_only_zones_where_it_has_a_subnet(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))
    assert lab.pings("host-app-c", SITE_HOST)
    lab.deployed.change("tgw/VpcAttachment", "tgw-attach-app", subnetIds=["subnet-app-ta"])
    lab.resync()
    assert not lab.pings("host-app-c", SITE_HOST)
    assert lab.pings("host-app-a", SITE_HOST)
    assert lab.dropped("vpc:app tgw-attach-app has no subnet in ap-northeast-1c")
    lab.deployed.change("tgw/VpcAttachment", "tgw-attach-app", subnetIds=["subnet-app-ta", "subnet-app-tc"])
    lab.resync()


def test_a_missing_propagation_leaves_the_prefix_to_the_blackhole(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    wait_until(lambda: _hops(lab, "vpcs") == ("gre:aws-a",))
    lab.deployed.remove("tgw/RouteTablePropagation", "pr-tgw-attach-connect-vpcs")
    lab.resync()
    wait_until(lambda: _hops(lab, "vpcs") == ())
    assert not lab.pings("host-app-a", SITE_HOST)
    pair = {"transitGatewayAttachmentId": "tgw-attach-connect", "transitGatewayRouteTableId": "vpcs"}
    lab.deployed.put("tgw/RouteTablePropagation", "pr-tgw-attach-connect-vpcs", **pair)
    lab.resync()


def test_an_attachment_without_association_looks_nothing_up(lab: Lab, speak: Speak) -> None:
    speak("aws-a")
    lab.deployed.remove("tgw/RouteTableAssociation", "as-tgw-attach-shared")
    lab.resync()
    assert not lab.pings("host-shared-a", SITE_HOST)
    assert lab.dropped("gateway tgw-attach-shared is associated with no route table")
    assert any(finding.resource == "tgw-attach-shared" for finding in lab.state().findings)


def test_a_peer_that_offers_to_keep_its_routes_is_seen(lab: Lab, tunnels: None) -> None:
    """FRR's OPEN with graceful restart and preserved forwarding for IPv4."""
    text = (
        "router bgp 64513\n bgp router-id 10.253.0.4\n no bgp ebgp-requires-policy\n bgp graceful-restart\n"
        " bgp graceful-restart preserve-fw-state\n neighbor 169.254.6.10 remote-as 64512\n"
        " neighbor 169.254.6.10 ebgp-multihop 2\n neighbor 169.254.6.10 timers connect 1\n"
    )
    folder = "/run/wireguard/frr"
    lab.run("aws-b", "install", "-d", "-o", "frr", "-g", "frr", folder)
    lab.ask("write", f"{folder}/bgpd.conf", text)
    sockets = ("-i", f"{folder}/pid", "-z", f"{folder}/zebra", "--vty_socket", folder, "-P", "0")
    number = lab.start("aws-b", "/usr/lib/frr/bgpd", "-Z", "-f", f"{folder}/bgpd.conf", *sockets)

    def seen() -> list[bool]:
        return [s.preserves_forwarding for s in lab.state().sessions if s.address == "169.254.6.10"]

    wait_until(lambda: seen() == [True])
    lab.ask("stop", number)


def test_no_two_machines_choose_alike_among_equal_paths(lab: Lab) -> None:
    if not HASH_SEED.exists():
        pytest.skip("this kernel has one hash seed for all (before Linux 6.11)")
    seeds = [lab.run(machine, "cat", str(HASH_SEED)) for machine in ("gateway", "aws-a", "aws-b")]

    assert len(set(seeds)) == 3

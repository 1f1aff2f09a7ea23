"""What a router's firewall lets through, tried with packets in a network namespace of its own.

A packet is written to one interface of the router, and every packet that then leaves is read.
Nothing listens on the router, so the kernel's refusal (RST, "port unreachable") shows that a packet reached it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.render.packets import ACK, GRE, RST, SYN, VRRP, Seen, echo_request, ip, parse, tcp, udp
from tests.render.stack import NFTABLES, SYSCTL, lab_plan, text
from topology import Plan

pytestmark = pytest.mark.netns

SITE, OTHER_SITE, VPC, OTHER_VPC = "192.168.1.9", "192.168.2.9", "10.20.0.9", "10.21.0.9"
STRANGER = "192.0.2.66"
LOOPBACK = {"sakura-a": "10.253.0.1", "sakura-b": "10.253.0.2", "aws-a": "10.253.0.3", "aws-b": "10.253.0.4"}
INTERFACES = {
    "sakura-a": {
        "lo": ["10.253.0.1/32"],
        "internet": ["198.51.100.10/24"],
        "closed": ["172.16.0.2/24"],
        "wg-aws-a-0": ["10.253.0.16/31"],
        "wg-aws-b-0": ["10.253.0.20/31"],
    },
    "aws-a": {
        "lo": ["10.253.0.3/32"],
        "internet": ["10.255.0.10/28"],
        "gre-gateway": ["169.254.6.1/29"],
        "wg-sakura-a-0": ["10.253.0.17/31"],
        "wg-sakura-b-0": ["10.253.0.25/31"],
    },
}
ROUTES = {
    "sakura-a": [
        "default dev internet",
        *(f"{prefix} dev closed" for prefix in ("192.168.1.0/24", "192.168.2.0/24", "192.168.9.0/24")),
        *(f"{prefix} dev wg-aws-a-0" for prefix in ("10.20.0.0/20", "10.21.0.0/20", "10.253.0.3", "10.99.0.0/16")),
    ],
    "aws-a": [
        "default dev internet",
        *(f"{prefix} dev wg-sakura-a-0" for prefix in ("192.168.1.0/24", "192.168.2.0/24", "10.253.0.1")),
        *(f"{prefix} dev gre-gateway" for prefix in ("10.20.0.0/20", "10.21.0.0/20")),
    ],
}


def sent(router: str, *packets: tuple[str, bytes], plan: Plan | None = None) -> list[list[Seen]]:
    """For each packet, by the interface it arrives on: what leaves the router."""
    plan = plan or lab_plan()
    stated = {
        "interfaces": INTERFACES[router],
        "routes": ROUTES[router],
        "sysctl": text(plan, router, SYSCTL),
        "nftables": text(plan, router, NFTABLES),
        "packets": [(interface, packet.hex()) for interface, packet in packets],
    }
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, str(Path(__file__).with_name("tun_router.py"))],
        input=json.dumps(stated),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    return [[parse(interface, bytes.fromhex(packet)) for interface, packet in left] for left in json.loads(done.stdout)]


def leaves(router: str, *packets: tuple[str, bytes]) -> list[list[str]]:
    """For each packet: the interfaces something leaves by."""
    return [[seen.interface for seen in left] for left in sent(router, *packets)]


def test_a_site_reaches_a_vpc_and_back_through_a_sakura_router() -> None:
    forward, backward = leaves("sakura-a", ("closed", udp(SITE, VPC, 9)), ("wg-aws-b-0", udp(VPC, SITE, 9)))

    assert forward == ["wg-aws-a-0"]
    assert backward == ["closed"]


def test_a_site_reaches_a_vpc_and_back_through_an_aws_router() -> None:
    forward, backward = leaves("aws-a", ("wg-sakura-b-0", udp(SITE, VPC, 9)), ("gre-gateway", udp(VPC, SITE, 9)))

    assert forward == ["gre-gateway"]
    assert backward == ["wg-sakura-a-0"]


def test_an_answer_passes_a_router_that_never_saw_the_question() -> None:
    answer = tcp(VPC, SITE, 50000, source_port=443, flags=SYN | ACK)

    assert leaves("sakura-a", ("wg-aws-a-0", answer)) == [["closed"]]
    assert leaves("aws-a", ("gre-gateway", answer)) == [["wg-sakura-a-0"]]


def test_a_later_fragment_passes_alone() -> None:
    """Its first fragment may have taken the other leg."""
    later = ip(SITE, VPC, 17, b"x" * 64, fragment=185)

    assert leaves("sakura-a", ("closed", later)) == [["wg-aws-a-0"]]
    assert leaves("aws-a", ("wg-sakura-a-0", later)) == [["gre-gateway"]]


def test_a_site_does_not_reach_another_site() -> None:
    assert leaves(
        "sakura-a",
        ("closed", udp(SITE, OTHER_SITE, 9)),
        ("wg-aws-a-0", udp(OTHER_SITE, SITE, 9)),  # not by way of AWS either
    ) == [[], []]
    assert leaves("aws-a", ("wg-sakura-a-0", udp(SITE, OTHER_SITE, 9))) == [[]]


def test_a_vpc_does_not_reach_another_vpc() -> None:
    assert leaves("aws-a", ("gre-gateway", udp(VPC, OTHER_VPC, 9))) == [[]]
    assert leaves("sakura-a", ("wg-aws-a-0", udp(VPC, OTHER_VPC, 9))) == [[]]


def test_a_source_address_counts_only_on_its_own_side() -> None:
    assert leaves(
        "sakura-a",
        ("closed", udp(OTHER_VPC, VPC, 9)),
        ("closed", udp("192.168.9.1", VPC, 9)),  # routed, but no site of the plan
        ("closed", udp("172.16.0.254", VPC, 9)),
        ("wg-aws-a-0", udp("10.99.0.1", SITE, 9)),
    ) == [[], [], [], []]
    assert leaves(
        "aws-a",
        ("gre-gateway", udp(OTHER_SITE, SITE, 9)),
        ("wg-sakura-a-0", udp(OTHER_VPC, VPC, 9)),
    ) == [[], []]


def test_nothing_is_forwarded_from_or_to_the_internet() -> None:
    assert leaves(
        "sakura-a",
        ("internet", udp(STRANGER, VPC, 9)),
        ("internet", udp(SITE, VPC, 9)),
        ("internet", udp(VPC, SITE, 9)),
        ("closed", udp(SITE, STRANGER, 9)),
        ("wg-aws-a-0", udp(VPC, STRANGER, 9)),
    ) == [[], [], [], [], []]
    assert leaves(
        "aws-a",
        ("internet", udp(STRANGER, VPC, 9)),
        ("internet", udp(STRANGER, SITE, 9)),
        ("gre-gateway", udp(VPC, STRANGER, 9)),
    ) == [[], [], []]


def test_what_has_no_route_of_its_own_does_not_follow_the_default_route() -> None:
    """A withdrawn prefix must not leak to the Internet, where the default route leads."""
    to_a_site, to_the_far_side = udp(VPC, "192.168.3.9", 9), echo_request(SITE, LOOPBACK["aws-b"])

    assert leaves("sakura-a", ("wg-aws-a-0", to_a_site), ("closed", to_the_far_side)) == [[], []]
    assert leaves("aws-a", ("gre-gateway", to_a_site)) == [[]]


def test_a_loopback_counts_only_on_its_own_side() -> None:
    assert leaves(
        "sakura-a",
        ("wg-aws-a-0", echo_request(LOOPBACK["sakura-b"], SITE)),
        ("closed", echo_request(LOOPBACK["aws-a"], VPC)),
    ) == [[], []]


def test_a_site_reads_the_hops_of_its_path() -> None:
    """An ICMP error of an AWS router comes from its loopback."""
    error = echo_request(LOOPBACK["aws-a"], SITE)

    assert leaves("sakura-a", ("wg-aws-a-0", error)) == [["closed"]]


def test_mss_is_clamped_both_ways_and_never_raised() -> None:
    forward, backward, small = sent(
        "sakura-a",
        ("closed", tcp(SITE, VPC, 443)),
        ("wg-aws-a-0", tcp(VPC, SITE, 50000, source_port=443, flags=SYN | ACK)),
        ("closed", tcp(SITE, VPC, 443, mss_bytes=536)),
    )

    assert [forward[0].mss, backward[0].mss, small[0].mss] == [1400, 1400, 536]


def test_a_stranger_reaches_nothing_on_a_router() -> None:
    for router, address in (("sakura-a", "198.51.100.10"), ("aws-a", "10.255.0.10")):
        packets = [
            tcp(STRANGER, address, 22),
            tcp(STRANGER, address, 179),
            tcp(STRANGER, address, 50000, source_port=179, flags=SYN | ACK),
            udp(STRANGER, address, 51820),
            udp(STRANGER, address, 4784),
            udp(STRANGER, address, 3784),
            ip(STRANGER, address, GRE),
            ip(STRANGER, address, VRRP),
            echo_request(STRANGER, address),
            udp(STRANGER, LOOPBACK[router], 9),
        ]

        assert leaves(router, *(("internet", packet) for packet in packets)) == [[]] * len(packets)


def test_ssh_is_closed_on_every_side() -> None:
    assert leaves(
        "sakura-a",
        ("closed", tcp(SITE, LOOPBACK["sakura-a"], 22)),
        ("closed", tcp("172.16.0.3", "172.16.0.2", 22)),
        ("wg-aws-a-0", tcp("10.253.0.17", "10.253.0.16", 22)),
    ) == [[], [], []]
    assert leaves(
        "aws-a",
        ("gre-gateway", tcp(VPC, LOOPBACK["aws-a"], 22)),
        ("internet", tcp("10.255.0.42", "10.255.0.10", 22)),
    ) == [[], []]


def test_wireguard_is_open_to_the_far_router_of_that_port_alone() -> None:
    own = ("internet", udp("203.0.113.10", "198.51.100.10", 51820, source_port=51820))
    other_tunnel = ("internet", udp("203.0.113.11", "198.51.100.10", 51820, source_port=51820))

    assert leaves("sakura-a", own, other_tunnel) == [["internet"], []]


def test_an_aws_router_lets_in_its_gateway_and_its_sibling() -> None:
    me = "10.255.0.10"

    assert leaves(
        "aws-a",
        ("internet", ip("10.254.0.1", me, GRE)),
        ("internet", ip("10.254.0.2", me, GRE)),  # the sibling's Connect peer
        ("internet", udp("10.255.0.42", me, 4784)),
        ("internet", echo_request(LOOPBACK["aws-b"], me)),
        ("internet", echo_request("10.255.0.42", me)),
    ) == [["internet"], [], ["internet"], ["internet"], []]


def test_bgp_and_bfd_are_open_to_neighbors_where_they_live() -> None:
    assert leaves(
        "aws-a",
        ("wg-sakura-a-0", tcp("10.253.0.16", "10.253.0.17", 179)),
        ("wg-sakura-a-0", udp("10.253.0.16", "10.253.0.17", 3784)),
        ("wg-sakura-a-0", udp("10.253.0.16", "10.253.0.17", 4784)),  # what FRR 8.4.4 sends with ttl-security
        ("gre-gateway", tcp("169.254.6.2", "169.254.6.1", 179)),
        ("gre-gateway", tcp("169.254.6.3", "169.254.6.1", 179)),
        ("gre-gateway", udp("169.254.6.2", "169.254.6.1", 3784)),  # the gateway has no BFD
        ("gre-gateway", tcp(VPC, "169.254.6.1", 179)),
        ("wg-sakura-b-0", tcp("10.253.0.16", "10.253.0.17", 179)),  # another tunnel's address
    ) == [["wg-sakura-a-0"], ["wg-sakura-a-0"], ["wg-sakura-a-0"], ["gre-gateway"], ["gre-gateway"], [], [], []]
    assert leaves(
        "sakura-a",
        ("closed", tcp("172.16.0.20", "172.16.0.2", 179)),
        ("closed", udp("172.16.0.20", "172.16.0.2", 3784)),
        ("closed", tcp("172.16.0.21", "172.16.0.2", 179)),
    ) == [["closed"], ["closed"], []]


def test_only_answers_come_from_a_neighbors_bgp_port() -> None:
    answer, opening = sent(
        "aws-a",
        ("gre-gateway", tcp("169.254.6.2", "169.254.6.1", 50000, source_port=179, flags=SYN | ACK)),
        ("gre-gateway", tcp("169.254.6.2", "169.254.6.1", 50000, source_port=179, flags=SYN)),
    )

    assert [seen.payload[13] & RST for seen in answer] == [RST]
    assert opening == []


def test_vrrp_is_open_to_the_sibling_alone() -> None:
    assert leaves(
        "sakura-a",
        ("closed", ip("172.16.0.3", "172.16.0.2", VRRP)),
        ("closed", ip("172.16.0.20", "172.16.0.2", VRRP)),
    ) == [["closed"], []]


def test_the_path_may_ping_a_router() -> None:
    closed, tunnel = leaves(
        "sakura-a",
        ("closed", echo_request(SITE, LOOPBACK["sakura-a"])),
        ("wg-aws-a-0", echo_request("10.253.0.17", "10.253.0.16")),
    )
    (gateway,) = leaves("aws-a", ("gre-gateway", echo_request(VPC, LOOPBACK["aws-a"])))

    assert [closed, tunnel, gateway] == [["closed"], ["wg-aws-a-0"], ["gre-gateway"]]

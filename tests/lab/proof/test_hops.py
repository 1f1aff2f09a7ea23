"""Hops are concluded from what was seen at interfaces, and packets stop where they were seen last."""

from __future__ import annotations

import pytest

from lab.proof.capture import Sighting
from lab.proof.hops import HopMap, hops_of, in_order, stop_of, tunnel_hop

HOPS = HopMap(
    places={
        "site-one": "site:one",
        "switch": "closed-network",
        "sakura-a": "sakura-a",
        "aws-b": "aws-b",
        "gateway": "gateway",
        "vpc-app": "vpc:app",
    },
    links={("gateway", "peer-b"): "gre:aws-b"},
)


def seen(netns, interface, *, outgoing=False):
    return Sighting(netns, interface, outgoing, 1, False, 17, 40007, 64)


WAY = [
    seen("site-one", "lan", outgoing=True),
    seen("switch", "port"),
    seen("sakura-a", "closed"),
    seen("sakura-a", "wg-aws-b-0", outgoing=True),
    seen("aws-b", "wg-sakura-a-0"),
    seen("aws-b", "gre-gateway", outgoing=True),
    seen("gateway", "peer-b"),
    seen("gateway", "vpc-port", outgoing=True),
    seen("vpc-app", "eni"),
]


def test_a_packet_seen_everywhere_passed_every_hop_in_order():
    assert hops_of(reversed(WAY), HOPS) == [
        "site:one",
        "closed-network",
        "sakura-a",
        "tunnel:sakura-a/aws-b",
        "aws-b",
        "gre:aws-b",
        "gateway",
        "vpc:app",
    ]


@pytest.mark.parametrize(
    ("passed", "stop"),
    [
        (1, "closed-network"),
        (2, "closed-network"),
        (3, "sakura-a"),
        (4, "tunnel:sakura-a/aws-b"),
        (5, "aws-b"),
        (6, "gre:aws-b"),
        (7, "gateway"),
        (8, "gateway"),
        (9, "vpc:app"),
    ],
)
def test_packets_to_a_vpc_stop_where_they_were_seen_last(passed, stop):
    assert stop_of(WAY[:passed], HOPS, "site:one", to_vpc=True) == stop


def test_packets_to_a_site_that_enter_a_tunnel_and_do_not_leave_it_stop_in_it():
    way = [seen("vpc-app", "eni"), seen("gateway", "vpc-port"), seen("aws-b", "gre-gateway")]
    way.append(seen("aws-b", "wg-sakura-a-1", outgoing=True))

    assert stop_of(way, HOPS, "vpc:app", to_vpc=False) == "tunnel:sakura-a/aws-b"


def test_packets_nobody_saw_stop_at_their_own_host():
    assert stop_of([], HOPS, "vpc:app", to_vpc=False) == "vpc:app"


def test_a_tunnel_has_one_name_from_both_ends():
    assert tunnel_hop("aws-a", "sakura-b") == tunnel_hop("sakura-b", "aws-a") == "tunnel:sakura-b/aws-a"


def test_hops_are_named_once():
    assert in_order(["vpc:app", "site:one", "vpc:app"]) == ["site:one", "vpc:app"]

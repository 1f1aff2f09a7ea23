"""Claim: the plan holds all that was stated, sorted by id, and the constants of the path."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest

from tests.topology import stacks
from topology import ROUTERS, Plan, make_plan
from topology.plan import BgpSite
from topology.vpcs import ExistingVpc, NewVpc

RFC1918 = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))


def plan_with(**changes: Any) -> Plan:
    return make_plan(stacks.intent({**stacks.base(), "flets-to-vpc:path": stacks.base_path() | changes}))


def test_routers_of_a_pair_share_an_asn_and_know_their_sibling() -> None:
    routers = plan_with().routers
    assert tuple(routers) == ROUTERS
    assert [router.asn for router in routers.values()] == [65010, 65010, 64513, 64513]
    assert [router.sibling for router in routers.values()] == ["sakura-b", "sakura-a", "aws-b", "aws-a"]
    assert [router.cloud for router in routers.values()] == ["sakura", "sakura", "aws", "aws"]


def test_sites_and_vpcs_are_sorted_by_id() -> None:
    path = stacks.base_path()
    plan = plan_with(sites=path["sites"][::-1], vpcs=path["vpcs"][::-1])
    assert [site.name for site in plan.sites] == ["store-001", "plant-01"]
    assert [vpc.name for vpc in plan.vpcs] == ["app", "shared"]


def test_a_bgp_site_keeps_asn_and_address_and_a_routed_one_has_none() -> None:
    routed, speaker = plan_with().sites
    assert routed.bgp is None
    assert speaker.bgp == BgpSite(asn=65101, address=IPv4Address("172.16.0.20"))


def test_a_new_vpc_sends_all_private_prefixes_to_the_gateway() -> None:
    new, _ = plan_with().vpcs
    assert new.aggregates == RFC1918
    assert isinstance(new.origin, NewVpc)


def test_an_existing_vpc_keeps_what_its_owner_stated_and_gets_no_subnets() -> None:
    _, existing = plan_with().vpcs
    assert existing.cidrs == (IPv4Network("10.21.0.0/20"), IPv4Network("10.22.0.0/26"))
    assert existing.aggregates == (IPv4Network("192.168.0.0/16"),)
    assert existing.zones == ("a", "c")
    assert existing.origin == ExistingVpc(
        vpc_id="vpc-0abc", subnet_ids={"a": "subnet-0a", "c": "subnet-0c"}, route_table_ids=("rtb-0a",)
    )


def test_the_gateway_drops_what_no_site_and_no_vpc_announces() -> None:
    assert plan_with().gateway.blackholes == RFC1918


def test_sakura_a_is_preferred_for_the_virtual_address() -> None:
    places = plan_with().sakura_places
    assert places["sakura-a"].vrrp_priority > places["sakura-b"].vrrp_priority
    assert str(places["sakura-b"].closed_address) == "172.16.0.3/24"


def test_the_usable_mtu_is_the_smallest_hop_and_leaves_room_for_tcp() -> None:
    plan = plan_with()
    assert {tunnel.mtu_bytes for tunnel in plan.tunnels} == {1440}
    assert {peer.gre_mtu_bytes for peer in plan.connect_peers.values()} == {8476}
    assert (plan.usable_mtu_bytes, plan.usable_mss_bytes) == (1440, 1400)


def test_a_summary_replaces_the_prefixes_it_contains_towards_the_gateway() -> None:
    plan = plan_with(aggregate=["192.168.2.0/23"], takeover=False)
    assert plan.aggregate == (IPv4Network("192.168.2.0/23"),)
    assert plan.announced_prefixes == (IPv4Network("192.168.1.0/24"), IPv4Network("192.168.2.0/23"))
    assert plan.site_prefixes == (IPv4Network("192.168.1.0/24"), IPv4Network("192.168.2.0/24"))


@pytest.mark.parametrize(
    ("aggregate", "told"),
    [
        (["192.168.2.0/23"], ["192.168.1.0/24", "192.168.2.0/24"]),
        (["192.168.0.0/23", "192.168.2.0/23"], ["192.168.1.0/24", "192.168.2.0/24"]),
        (["192.168.0.0/22"], ["192.168.0.0/22"]),
    ],
)
def test_a_summary_of_which_a_site_is_one_half_is_cut_for_a_takeover(aggregate: list[str], told: list[str]) -> None:
    plan = plan_with(aggregate=aggregate)
    cut = sorted(set(aggregate) - set(told))
    assert plan.announced_prefixes == tuple(map(IPv4Network, told))
    assert [note.partition(",")[0] for note in plan.notes] == [
        f"aggregate: a half of {summary} is a site's own prefix" for summary in cut
    ]


def test_what_is_left_of_a_summary_that_was_cut_still_summarises() -> None:
    sites = [
        {"id": 1, "name": "plant", "prefixes": ["192.168.128.0/18"]},
        {"id": 2, "name": "store", "prefixes": ["192.168.224.0/24", "192.168.225.0/24"]},
    ]
    plan = plan_with(sites=sites, aggregate=["192.168.128.0/17"])
    assert plan.aggregate == (IPv4Network("192.168.192.0/18"),)
    assert plan.announced_prefixes == (IPv4Network("192.168.128.0/18"), IPv4Network("192.168.192.0/18"))


def test_a_summary_makes_room_below_the_route_quota() -> None:
    path = stacks.base_path()
    path["aws"]["gateway"]["route_quota"] = 4
    path["aggregate"] = ["192.168.0.0/22"]
    assert plan_with(**path).announced_prefixes == (IPv4Network("192.168.0.0/22"),)


def test_a_third_of_the_route_quota_is_room_enough_for_a_takeover() -> None:
    sites = [
        {"id": n, "name": f"store-{n}", "prefixes": [f"192.168.{n // 16}.{n % 16 * 16}/28"]} for n in range(1, 334)
    ]
    assert len(plan_with(sites=sites).announced_prefixes) == 333


def test_nothing_is_noted_of_a_plain_stack() -> None:
    assert plan_with().notes == ()


def test_a_prefix_that_cannot_be_split_is_noted_while_takeover_is_on() -> None:
    sites = [{"id": 1, "name": "store-001", "prefixes": ["192.168.1.1/32", "192.168.2.0/31"]}]
    assert plan_with(sites=sites).notes == (
        "takeover: 192.168.1.1/32 cannot be split in two longer prefixes, so it waits for the gateway's hold time.",
    )
    assert plan_with(sites=sites, takeover=False).notes == ()


def test_a_takeover_without_bfd_is_noted() -> None:
    (note,) = plan_with(timers={"bfd_ms": 0}).notes
    assert note.startswith("takeover: without BFD")


def test_a_pool_that_holds_other_prefixes_is_noted() -> None:
    assert plan_with(vpc_pool=["10.252.0.0/15"]).notes == (
        "vpc_pool: 10.252.0.0/15 meets 10.253.0.0/24, which no app team's VPC can have.",
    )

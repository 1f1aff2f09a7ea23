"""Claim: every address of our own follows from stated ids and letters, none meets another, no list moves one."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.topology import stacks, stated
from topology import Plan, make_plan
from topology.links import Tunnel
from topology.vpcs import NewVpc, Vpc


def plan_of(config: dict[str, Any]) -> Plan:
    return make_plan(stacks.intent(config))


def cut(vpc: Vpc) -> tuple[IPv4Network, ...]:
    """The subnets of a new VPC."""
    made = vpc.origin
    return (*made.subnets.values(), *made.attachment_subnets.values()) if isinstance(made, NewVpc) else ()


def networks(plan: Plan) -> Iterator[IPv4Network]:
    """Every network that is derived, and every stated one that packets may go to; an address is a /32."""
    yield from plan.site_prefixes
    yield from (IPv4Network(router.loopback) for router in plan.routers.values())
    yield from (tunnel.sakura.address.network for tunnel in plan.tunnels)
    yield from plan.router_vpc.router_subnets.values()
    yield from plan.router_vpc.attachment_subnets.values()
    yield from (IPv4Network(place.closed_address.ip) for place in plan.sakura_places.values())
    yield from (IPv4Network(address) for address in (plan.closed_network.gateway, plan.closed_network.virtual_ip))
    yield from (IPv4Network(site.bgp.address) for site in plan.sites if site.bgp is not None)
    for peer in plan.connect_peers.values():
        yield from (peer.inside_cidr, IPv4Network(peer.gateway_address))
    for vpc in plan.vpcs:
        yield from cut(vpc) or vpc.cidrs


def addresses(plan: Plan) -> Iterator[IPv4Address]:
    """Every address that some interface has."""
    yield from (router.loopback for router in plan.routers.values())
    yield from (end.address.ip for tunnel in plan.tunnels for end in (tunnel.sakura, tunnel.aws))
    yield from (place.private_address for place in plan.aws_places.values())
    yield from (place.closed_address.ip for place in plan.sakura_places.values())
    yield from (plan.closed_network.gateway, plan.closed_network.virtual_ip)
    for peer in plan.connect_peers.values():
        yield from (peer.gateway_address, peer.inside_router.ip, *peer.inside_gateway)


def without_lists(plan: Plan) -> dict[str, object]:
    """All of a plan but what sites and VPCs are stated."""
    return {key: value for key, value in vars(plan).items() if key not in ("sites", "vpcs", "notes")}


@given(stated.configs)
def test_no_two_derived_networks_overlap(config: dict[str, Any]) -> None:
    ordered = sorted(networks(plan_of(config)))
    for one, following in pairwise(ordered):
        assert one.broadcast_address < following.network_address


@given(stated.configs)
def test_addresses_ports_and_interfaces_are_unique(config: dict[str, Any]) -> None:
    plan = plan_of(config)
    found = list(addresses(plan))
    assert len(found) == len(set(found))
    ports = [tunnel.port for tunnel in plan.tunnels]
    assert len(ports) == len(set(ports))
    for router in plan.routers:
        names = [tunnel.end(router).interface for tunnel in plan.tunnels_of(router)]
        assert len(names) == len(set(names))
        assert all(len(name) <= 15 for name in names), "Linux cuts interface names at 15 characters"


@given(stated.configs)
def test_derived_networks_lie_in_what_was_stated(config: dict[str, Any]) -> None:
    plan = plan_of(config)
    assert all(router.loopback in plan.overlay_cidr for router in plan.routers.values())
    assert all(tunnel.sakura.address.ip in plan.overlay_cidr for tunnel in plan.tunnels)
    for subnets in (plan.router_vpc.router_subnets, plan.router_vpc.attachment_subnets):
        assert all(subnet.subnet_of(plan.router_vpc.cidr) for subnet in subnets.values())
    for vpc in plan.vpcs:
        assert all(subnet.subnet_of(vpc.cidrs[0]) and subnet.prefixlen <= 28 for subnet in cut(vpc))
    for router, peer in plan.connect_peers.items():
        assert peer.gateway_address in plan.gateway.cidr
        place = plan.aws_places[router]
        assert peer.router_address == place.private_address
        assert place.private_address in plan.router_vpc.router_subnets[place.zone]


@given(stated.configs, st.data())
def test_adding_removing_and_reordering_sites_and_vpcs_moves_nobody_else(
    config: dict[str, Any], data: st.DataObject
) -> None:
    config["flets-to-vpc:path"].pop("aggregate", None)  # a summary goes with the last site in it
    other = deepcopy(config)
    for key in ("sites", "vpcs"):
        items = data.draw(st.permutations(other["flets-to-vpc:path"][key]))
        other["flets-to-vpc:path"][key] = items[: data.draw(st.integers(1, len(items)))]
    before, after = plan_of(config), plan_of(other)
    assert without_lists(before) == without_lists(after)
    assert set(after.sites) <= set(before.sites)
    assert all(vpc in before.vpcs for vpc in after.vpcs)


@given(stated.configs)
def test_the_order_of_zones_moves_nothing(config: dict[str, Any]) -> None:
    other = deepcopy(config)
    other["flets-to-vpc:path"]["aws"]["zones"].reverse()
    for vpc in other["flets-to-vpc:path"]["vpcs"]:
        vpc.get("zones", []).reverse()
    assert plan_of(config) == plan_of(other)


@given(st.sampled_from(stated.ROUTERS), st.integers(1, 9))
def test_rotating_a_key_moves_no_tunnel_that_carries_packets(router: str, old: int) -> None:
    def tunnels(generations: list[int]) -> set[Tunnel]:
        config = stacks.base()
        config["flets-to-vpc:path"]["key_generation"] = {router: generations}
        return set(plan_of(config).tunnels)

    before, both, after = tunnels([old]), tunnels([old, old + 1]), tunnels([old + 1])
    assert before | after == both
    assert before & after == {tunnel for tunnel in both if router not in (tunnel.sakura.router, tunnel.aws.router)}
    assert (len(before), len(both), len(after)) == (4, 6, 4)


def test_the_tunnels_are_the_documented_ones() -> None:
    config = stacks.base()
    config["flets-to-vpc:path"]["key_generation"] = {"aws-b": [1, 2]}
    assert [
        (tunnel.name, tunnel.slot, str(tunnel.sakura.address), str(tunnel.aws.address), tunnel.port)
        for tunnel in plan_of(config).tunnels
    ] == [
        ("sakura-a/aws-a", 0, "10.253.0.16/31", "10.253.0.17/31", 51820),
        ("sakura-a/aws-b", 0, "10.253.0.20/31", "10.253.0.21/31", 51822),
        ("sakura-a/aws-b", 1, "10.253.0.22/31", "10.253.0.23/31", 51823),
        ("sakura-b/aws-a", 0, "10.253.0.24/31", "10.253.0.25/31", 51824),
        ("sakura-b/aws-b", 0, "10.253.0.28/31", "10.253.0.29/31", 51826),
        ("sakura-b/aws-b", 1, "10.253.0.30/31", "10.253.0.31/31", 51827),
    ]


def test_a_tunnel_names_both_ends_both_generations_and_its_interfaces() -> None:
    config = stacks.base()
    config["flets-to-vpc:path"]["key_generation"] = {"aws-b": [4], "sakura-a": [3]}
    tunnel = next(tunnel for tunnel in plan_of(config).tunnels if tunnel.name == "sakura-a/aws-b")
    assert tunnel.pre_shared_key == "sakura-a-3.aws-b-4"
    assert tunnel.slot == 1
    assert (tunnel.sakura.interface, tunnel.aws.interface) == ("wg-aws-b-1", "wg-sakura-a-1")
    assert (tunnel.sakura.key_generation, tunnel.aws.key_generation) == (3, 4)


def test_loopbacks_follow_the_order_of_the_routers() -> None:
    found = {name: str(router.loopback) for name, router in plan_of(stacks.base()).routers.items()}
    assert found == {
        "sakura-a": "10.253.0.1",
        "sakura-b": "10.253.0.2",
        "aws-a": "10.253.0.3",
        "aws-b": "10.253.0.4",
    }


@pytest.mark.parametrize(
    ("zones", "aws_a", "aws_b"),
    [
        (["a", "c"], ("a", "10.255.0.10"), ("c", "10.255.0.42")),
        (["d", "c"], ("c", "10.255.0.42"), ("d", "10.255.0.58")),
    ],
)
def test_an_aws_router_stands_in_the_subnet_of_its_zone(
    zones: list[str], aws_a: tuple[str, str], aws_b: tuple[str, str]
) -> None:
    config = stacks.base()
    config["flets-to-vpc:path"]["aws"]["zones"] = zones
    places = plan_of(config).aws_places
    assert {name: (place.zone, str(place.private_address)) for name, place in places.items()} == {
        "aws-a": aws_a,
        "aws-b": aws_b,
    }


def test_the_router_vpc_is_cut_by_zone_letter() -> None:
    vpc = plan_of(stacks.base()).router_vpc
    assert vpc.router_subnets == {"a": IPv4Network("10.255.0.0/28"), "c": IPv4Network("10.255.0.32/28")}
    assert vpc.attachment_subnets == {"a": IPv4Network("10.255.0.128/28"), "c": IPv4Network("10.255.0.160/28")}


def test_a_new_vpc_is_cut_by_zone_letter() -> None:
    vpc = plan_of(stacks.base()).vpcs[0].origin
    assert isinstance(vpc, NewVpc)
    assert vpc.cidr == IPv4Network("10.20.0.0/20")
    assert vpc.subnets == {"a": IPv4Network("10.20.0.0/23"), "c": IPv4Network("10.20.4.0/23")}
    assert vpc.attachment_subnets == {"a": IPv4Network("10.20.15.240/28"), "c": IPv4Network("10.20.15.208/28")}


def test_a_connect_peer_has_pinned_addresses_inside_and_out() -> None:
    peer = plan_of(stacks.base()).connect_peers["aws-b"]
    assert str(peer.gateway_address) == "10.254.0.2"
    assert str(peer.router_address) == "10.255.0.42"
    assert peer.inside_router == IPv4Interface("169.254.6.9/29")
    assert [str(address) for address in peer.inside_gateway] == ["169.254.6.10", "169.254.6.11"]

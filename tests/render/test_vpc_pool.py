"""VPCs of app teams: routers carry any part of the pool, within bounds."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.render.frr_conf import read
from tests.render.stack import FRR, NFTABLES, lab_plan, lines, text
from topology import ROUTERS

SAKURA, AWS = ROUTERS[:2], ROUTERS[2:]
SITES = {IPv4Network(p) for p in ("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24", "192.168.64.0/26")}
PARTS = re.compile(r"ip prefix-list (\S+) seq \d+ permit (\S+) ((?:le|ge) .+)")
"""A line that admits any part of a prefix: which list, of what, down to what."""


@pytest.mark.parametrize("router", ROUTERS)
def test_any_part_of_the_pool_down_to_the_smallest_vpc_and_of_nothing_else_is_admitted(router: str) -> None:
    parts = PARTS.findall(text(lab_plan(), router, FRR))

    assert {(prefix, longest) for _, prefix, longest in parts} == {("10.20.0.0/14", "le 28")}


@pytest.mark.parametrize(
    ("router", "lists"),
    [*((router, {"from-gateway"}) for router in AWS), *((router, {"from-aws-a", "from-aws-b"}) for router in SAKURA)],
)
def test_parts_of_the_pool_come_in_from_the_gateways_side_only(router: str, lists: set[str]) -> None:
    conf = read(lab_plan(), router)
    listed = {name for name, *_ in PARTS.findall(text(lab_plan(), router, FRR))}
    inbound = {line.split()[1] for said in conf.neighbors.values() for line in said if line.endswith(" in")}

    assert listed & inbound == lists


@pytest.mark.parametrize("own", ["overlay", "closed network", "router VPC", "gateway CIDR", "routed site", "BGP site"])
def test_app_teams_vpcs_come_from_the_pool_without_what_is_the_stacks_own(own: str) -> None:
    """A pool may be stated around any of it, which must still not be accepted from the gateway."""
    plan = lab_plan()
    prefix = {
        "overlay": plan.overlay_cidr,
        "closed network": plan.closed_network.cidr,
        "router VPC": plan.router_vpc.cidr,
        "gateway CIDR": plan.gateway.cidr,
        "routed site": IPv4Network("192.168.1.0/24"),
        "BGP site": IPv4Network("192.168.2.0/24"),
    }[own]
    around = prefix.supernet()
    (rest,) = around.address_exclude(prefix)
    plan = lab_plan(lambda path: path.update(vpc_pool=["10.20.0.0/15", str(around)]))
    heard = {IPv4Network(part) for name, part, _ in PARTS.findall(text(plan, "aws-a", FRR)) if name == "from-gateway"}

    assert heard - {rest} == {IPv4Network("10.20.0.0/15")}
    assert rest in heard or any(rest.overlaps(site) for site in SITES), "the rest of the pool stays"


@pytest.mark.parametrize("router", ROUTERS)
def test_packets_are_forwarded_for_the_same_vpcs_as_routes_are_accepted(router: str) -> None:
    plan = lab_plan(lambda path: path.update(vpc_pool=["10.20.0.0/15", "10.255.0.0/23"]))
    heard = {p for neighbor in read(plan, router).neighbors for p in read(plan, router).heard(neighbor)}
    forwarded = re.findall(r"^\t\t\t(\S+/\d+),$", text(plan, router, NFTABLES), re.M)

    assert {p for p in heard if p.prefixlen < 32} - SITES == set(map(IPv4Network, forwarded)) - SITES - {
        plan.closed_network.cidr
    }


def test_a_pool_that_is_a_blackhole_aggregate_lets_in_its_halves_and_not_itself() -> None:
    sites = [{"id": 1, "name": "store-001", "prefixes": ["10.9.0.0/24"]}]
    conf = read(lab_plan(lambda path: path.update(vpc_pool=["192.168.0.0/16"], sites=sites)), "aws-a")
    gateway, *_ = conf.described("gateway")
    named = {IPv4Network("10.20.0.0/20"), IPv4Network("10.21.0.0/20")}

    assert conf.heard(gateway) - named == {IPv4Network("192.168.0.0/17"), IPv4Network("192.168.128.0/17")}


def test_without_a_pool_only_the_named_vpcs_are_heard_of() -> None:
    conf = read(lab_plan(lambda path: path.update(vpc_pool=[])), "aws-a")
    gateway, *_ = conf.described("gateway")

    assert conf.heard(gateway) == {IPv4Network("10.20.0.0/20"), IPv4Network("10.21.0.0/20")}
    assert not any(" le " in line for line in conf.lines)


def test_a_new_vpc_in_the_pool_changes_counts_only() -> None:
    def add(path: dict[str, Any]) -> None:
        path["vpcs"].append({"id": 9, "name": "late", "cidr": "10.22.0.0/20", "zones": ["a"]})

    before, after = (
        {re.sub(r"maximum-prefix \d+", "maximum-prefix N", line) for line in lines(plan, "aws-a", FRR)}
        for plan in (lab_plan(), lab_plan(add))
    )

    assert before == after

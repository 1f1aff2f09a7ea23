"""VPCs of app teams: routers carry any part of the pool, within bounds."""

from __future__ import annotations

import re
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render.frr_conf import FrrConf, read
from tests.render.stack import FRR, NFTABLES, lab_plan, lines, text
from topology import ROUTERS, Plan

SAKURA, AWS = ROUTERS[:2], ROUTERS[2:]
SITES = {IPv4Network(p) for p in ("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24", "192.168.64.0/26")}
PARTS = re.compile(r"ip prefix-list (\S+) seq \d+ permit (\S+) ((?:le|ge) .+)")
"""A line that admits any part of a prefix: which list, of what, down to what."""


@pytest.mark.parametrize("router", ROUTERS)
def test_any_part_of_the_pool_down_to_the_smallest_vpc_and_of_nothing_else_is_admitted(router: str) -> None:
    parts = PARTS.findall(text(lab_plan(), router, FRR))

    # The gateway is told halves too, in a takeover.
    admitted = {(prefix, lengths) for name, prefix, lengths in parts if name != "to-gateway"}
    assert admitted == {("10.20.0.0/14", "ge 16 le 28")}


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
    conf = read(plan, "aws-a")

    assert not any(conf.admits("from-gateway", part) for part in (prefix, *prefix.subnets(new_prefix=28)))
    assert conf.admits("from-gateway", rest) or any(rest.overlaps(site) for site in SITES), "the rest of the pool stays"


@pytest.mark.parametrize("router", ROUTERS)
def test_packets_are_forwarded_for_the_same_vpcs_as_routes_are_accepted(router: str) -> None:
    plan = lab_plan(lambda path: path.update(vpc_pool=["10.20.0.0/15", "10.255.0.0/23"]))
    conf = read(plan, router)
    lists = [name for name in conf.lists if name in ("from-gateway", "from-aws-a", "from-aws-b")]
    forwarded = set(map(IPv4Network, re.findall(r"^\t\t\t(\S+/\d+),$", text(plan, router, NFTABLES), re.M)))
    parts = {
        part for network in forwarded - SITES - {plan.closed_network.cidr} for part in network.subnets(new_prefix=24)
    }

    assert parts == {
        part
        for around in map(IPv4Network, ("10.20.0.0/14", "10.254.0.0/15"))
        for part in around.subnets(new_prefix=24)
        if all(conf.admits(name, part) for name in lists)
    }


def test_a_pool_that_is_a_blackhole_aggregate_lets_in_its_halves_and_not_itself() -> None:
    sites = [{"id": 1, "name": "store-001", "prefixes": ["10.9.0.0/24"]}]
    conf = read(lab_plan(lambda path: path.update(vpc_pool=["192.168.0.0/16"], sites=sites)), "aws-a")
    gateway, *_ = conf.described("gateway")
    named = {IPv4Network("10.20.0.0/20"), IPv4Network("10.21.0.0/20")}

    assert conf.heard(gateway) - named == {IPv4Network("192.168.0.0/17"), IPv4Network("192.168.128.0/17")}


POOLS = (
    ["10.0.0.0/8"],
    ["10.20.0.0/15", "10.22.0.0/15", "10.255.0.0/20"],
    ["172.16.0.0/12"],
    ["192.168.0.0/16"],
    ["10.20.0.0/16"],
    ["10.20.0.0/28", "10.252.0.0/14"],
)
"""Around all of the stack's own, in parts, a blackhole, narrower than a named VPC and as small as one."""


@cache
def _with_pool(index: int) -> tuple[Plan, FrrConf]:
    own = {"id": 7, "name": "own", "prefixes": ["10.9.8.16/29", "10.9.9.0/25", "192.168.200.7/32"]}
    plan = lab_plan(lambda path: path.update(vpc_pool=POOLS[index], sites=[*path["sites"], own]))
    return plan, read(plan, "aws-a")


def _near(plan: Plan) -> st.SearchStrategy[IPv4Network]:
    """Prefixes around, in and beside whatever a list could know."""
    known = sorted({*plan.vpc_pool, *plan.vpc_prefixes, *plan.not_for_vpcs})

    def prefix(network: IPv4Network, length: int, offset: int) -> IPv4Network:
        return IPv4Network((int(network.network_address) + offset, length), strict=False)

    offsets = st.one_of(st.just(0), st.integers(0, 2**24), st.sampled_from([2**bit for bit in range(24)]))
    return st.builds(prefix, st.sampled_from(known), st.integers(8, 32), offsets)


@given(data=st.data(), pool=st.integers(0, len(POOLS) - 1))
def test_a_list_admits_the_room_for_vpcs_and_the_named_ones(data: st.DataObject, pool: int) -> None:
    """The room is the pool cut into what nobody else has; a list says the same with fewer lines.

    It differs where that does no harm: a VPC around a site, which the plan cannot know, is let in.
    """
    plan, conf = _with_pool(pool)
    prefix = data.draw(_near(plan))
    in_room = any(prefix.subnet_of(part) for part in plan.vpc_room) and 16 <= prefix.prefixlen <= 28
    around = [inner for inner in plan.not_for_vpcs if inner.subnet_of(prefix) and inner != prefix]
    is_let_in = (
        around
        and 16 <= prefix.prefixlen <= 28
        and any(prefix.subnet_of(part) for part in plan.vpc_pools)
        and not {plan.router_vpc.cidr, plan.gateway.cidr} & set(around)
    )

    assert conf.admits("from-gateway", prefix) == bool(in_room or prefix in plan.vpc_prefixes or is_let_in)


@pytest.mark.parametrize("router", ROUTERS)
def test_a_site_is_one_line_more_of_each_list_and_moves_no_other(router: str) -> None:
    late = {"id": 9, "name": "late", "prefixes": ["10.77.3.0/24"]}
    before, after = (
        [line for line in lines(plan, router, FRR) if line.startswith("ip prefix-list")]
        for plan in (
            lab_plan(lambda path: path.update(vpc_pool=["10.0.0.0/8"])),
            lab_plan(lambda path: path.update(vpc_pool=["10.0.0.0/8"], sites=[*path["sites"], late])),
        )
    )

    assert set(before) <= set(after)
    assert len(after) - len(before) <= len({line.split()[2] for line in after})


@pytest.mark.parametrize("pool", range(len(POOLS)))
def test_no_two_lines_of_a_list_have_one_number_or_one_prefix(pool: int) -> None:
    for lines_of_list in _with_pool(pool)[1].lists.values():
        assert len({line.sequence for line in lines_of_list}) == len(lines_of_list)
        assert len({(line.prefix, line.lengths) for line in lines_of_list}) == len(lines_of_list)
        assert all(0 < line.sequence < 2**32 for line in lines_of_list)


def test_without_a_pool_only_the_named_vpcs_are_heard_of() -> None:
    conf = read(lab_plan(lambda path: path.update(vpc_pool=[])), "aws-a")
    gateway, *_ = conf.described("gateway")

    assert conf.heard(gateway) == {IPv4Network("10.20.0.0/20"), IPv4Network("10.21.0.0/20")}
    assert not any(" le " in line for line in conf.lines if " to-gateway " not in line)


def test_a_new_vpc_in_the_pool_changes_counts_only() -> None:
    def add(path: dict[str, Any]) -> None:
        path["vpcs"].append({"id": 9, "name": "late", "cidr": "10.22.0.0/20", "zones": ["a"]})

    before, after = (
        {re.sub(r"maximum-prefix \d+", "maximum-prefix N", line) for line in lines(plan, "aws-a", FRR)}
        for plan in (lab_plan(), lab_plan(add))
    )

    assert before == after

"""Hypothesis strategies: stacks that can be built, of every size and shape."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from hypothesis import strategies as st

from tests.topology import stacks

ROUTERS = ("sakura-a", "sakura-b", "aws-a", "aws-b")

site_slots = [str(slot) for slot in IPv4Network("192.168.0.0/17").subnets(new_prefix=22)]
vpc_slots = [str(slot) for slot in IPv4Network("10.64.0.0/10").subnets(new_prefix=16)]
ids = st.integers(1, 2**31 - 1)


@st.composite
def cuts(draw: st.DrawFn, slot: str, longest: int) -> str:
    """Some prefix within a slot."""
    within = IPv4Network(slot)
    length = draw(st.integers(within.prefixlen, longest))
    step = 1 << (32 - length)
    start = draw(st.integers(0, within.num_addresses // step - 1)) * step
    return str(IPv4Network((within[start], length)))


@st.composite
def site_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to eight sites, in any order."""
    count = draw(st.integers(1, 8))
    slots = draw(st.lists(st.sampled_from(site_slots), min_size=count, max_size=16, unique=True))
    numbers = draw(st.lists(ids, min_size=count, max_size=count, unique=True))
    sites: list[dict[str, Any]] = [
        {"id": number, "name": f"store-{number}", "prefixes": [draw(cuts(slot, 32)) for slot in slots[index::count]]}
        for index, number in enumerate(numbers)
    ]
    for index, site in enumerate(sites):
        if draw(st.booleans()):
            site["bgp"] = {"asn": 65100 + index, "address": f"172.16.0.{20 + index}"}
    return sites


@st.composite
def vpc_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to six VPCs, new and existing, in any order."""
    numbers = draw(st.lists(ids, min_size=1, max_size=6, unique=True))
    slots = draw(st.lists(st.sampled_from(vpc_slots), min_size=12, max_size=12, unique=True))
    return [
        draw(
            existing_vpcs(number, slots[index], slots[6 + index])
            if draw(st.booleans())
            else new_vpcs(number, slots[index])
        )
        for index, number in enumerate(numbers)
    ]


@st.composite
def new_vpcs(draw: st.DrawFn, number: int, slot: str) -> dict[str, Any]:
    """A VPC to be made."""
    zones = draw(st.lists(st.sampled_from("acd"), min_size=1, unique=True))
    return {"id": number, "name": f"app-{number}", "cidr": draw(cuts(slot, 24)), "zones": zones}


@st.composite
def existing_vpcs(draw: st.DrawFn, number: int, *slots: str) -> dict[str, Any]:
    """A VPC that is already there."""
    zones = draw(st.lists(st.sampled_from("acd"), min_size=1, unique=True))
    return {
        "id": number,
        "name": f"old-{number}",
        "cidrs": [draw(cuts(slot, 28)) for slot in slots],
        "aggregates": ["192.168.0.0/16"],
        "existing": {
            "vpc_id": f"vpc-{number:x}",
            "subnet_ids": {zone: f"subnet-{number:x}{zone}" for zone in zones},
            "route_table_ids": [f"rtb-{number:x}"],
        },
    }


@st.composite
def key_generations(draw: st.DrawFn) -> dict[str, list[int]]:
    """Any generation of each router, and perhaps one that rotates."""
    generations = {router: [draw(st.integers(1, 9))] for router in ROUTERS}
    rotating = draw(st.sampled_from((None, *ROUTERS)))
    if rotating is not None:
        generations[rotating].append(generations[rotating][0] + 1)
    return generations


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """The configuration of a stack that can be built."""
    config = stacks.base()
    path = config["flets-to-vpc:path"]
    path["overlay_cidr"] = draw(cuts("10.0.0.0/12", 24))
    path["wireguard_base_port"] = draw(st.integers(5000, 65528))
    path["aws"]["router_vpc_cidr"] = draw(cuts("10.16.0.0/16", 24))
    path["aws"]["gateway"]["cidr"] = draw(cuts("10.32.0.0/12", 24))
    path["aws"]["zones"] = draw(st.lists(st.sampled_from("acd"), min_size=2, unique=True))
    path["key_generation"] = draw(key_generations())
    path["sites"] = draw(site_lists())
    path["vpcs"] = draw(vpc_lists())
    return config

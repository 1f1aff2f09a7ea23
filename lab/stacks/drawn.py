"""Draws a stack file by chance: every size and shape that may be stated, and nothing that may not.

The property tests of the plan and `make test-stacks` draw the same ones.
Nothing here knows the plan: a drawn stack that it refuses is a fault of one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import islice
from random import Random
from typing import Any

from lab.stacks.identity import ids, names, private_asns, site_asn
from lab.stacks.ranges import BLOCKS, SLOT_BITS, part, slots

ROUTERS = ("sakura-a", "sakura-b", "aws-a", "aws-b")
ZONES: Mapping[str, str] = {"ap-northeast-1": "acd", "ap-northeast-3": "abc"}
SAKURA_ZONES = ("tk1a", "tk1b", "is1a", "is1b", "is1c", "tk1v")
LARGEST_SITES, LARGEST_VPCS = 12, 6
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
ROUTES_OF_A_TABLE = 40
"""AWS takes 50 routes in a table unless it is asked for more."""
SITES = ((1, 32, 32), (1, 30, 31), (1, 24, 24), (3, 12, 32), (10, 20, 30), (1, 0, 24))
"""How many prefixes a site has, and their lengths; 0 is a whole block."""
HAS_KEPT_PREFIXES = (0, 1, 2, 3, 4, 5, 169)
"""Third octets of the /24s of 169.254.0.0/16 in which AWS keeps some /29."""

Stated = dict[str, Any]


def stack(chance: Random, largest_sites: int = LARGEST_SITES, largest_vpcs: int = LARGEST_VPCS) -> Stated:
    """The `config` mapping of a stack file."""
    region = chance.choice(sorted(ZONES))
    closed, overlay, router_vpc, gateway, *blocks = chance.sample(BLOCKS, len(BLOCKS))
    free, whole = slots(blocks[3:]), iter(blocks[:3])
    own_asns = private_asns(chance, 3)
    path = _sites_and_closed_network(chance, closed, free, whole, own_asns, chance.randint(1, largest_sites))
    path["vpcs"] = _vpcs(chance, chance.randint(1, largest_vpcs), free, ZONES[region], path["sites"])
    path |= _tunnels(chance, overlay) | _aws(chance, router_vpc, gateway, ZONES[region], own_asns)
    path["sakura"] = {"asn": own_asns[2]}
    path["images"] = {"aws_ami": "ami-0123456789abcdef0", "sakura_archive": "113000000002"}
    path["vpc_pool"] = chance.choice(([], ["10.0.0.0/8"]))
    path |= _some_of(chance, _options(chance, path["sites"], blocks[3:]))
    return {"aws:region": region, "sakuracloud:zone": chance.choice(SAKURA_ZONES), "flets-to-vpc:path": path}


def _sites_and_closed_network(
    chance: Random, block: IPv4Network, free: Iterator[IPv4Network], whole: Iterator[IPv4Network],
    own_asns: list[int], count: int,
) -> Stated:  # fmt: skip
    """Sites in any order, none, some or all of them with BGP, and the network that holds their addresses."""
    cidr = part(chance, block, 12, 27)
    taken = chance.sample(range(1, cidr.num_addresses - 1), 4 + count)
    gateway, virtual_ip, sakura_a, sakura_b, *addresses = (str(cidr[number]) for number in taken)
    speaking = chance.choice((0.0, 0.5, 1.0))
    sites = []
    for number, name, address in zip(ids(chance, count), names(chance, count), addresses, strict=True):
        site: Stated = {"id": number, "name": name, "prefixes": _site_prefixes(chance, free, whole)}
        if chance.random() < speaking:
            site["bgp"] = {"asn": site_asn(chance, own_asns), "address": address}
        sites.append(site)
    routers = {"sakura-a": sakura_a, "sakura-b": sakura_b}
    closed = {"switch_id": "113000000001", "cidr": str(cidr), "gateway": gateway, "virtual_ip": virtual_ip}
    return {"closed_network": {**closed, "vrid": chance.randint(1, 255), "routers": routers}, "sites": sites}


def _site_prefixes(chance: Random, free: Iterator[IPv4Network], whole: Iterator[IPv4Network]) -> list[str]:
    """A host, a link, an office, several networks, many, or a whole block while there is one."""
    count, shortest, longest = chance.choice(SITES)
    block = next(whole, None) if shortest == 0 else None
    if block is not None and str(block) not in PRIVATE:
        return [str(block)]
    return [str(part(chance, slot, shortest, longest)) for slot in islice(free, count)]


def _vpcs(chance: Random, count: int, free: Iterator[IPv4Network], zones: str, sites: list[Stated]) -> list[Stated]:
    """VPCs in any order, up to half of them there already."""
    existing = chance.choice((0.0, 0.5))
    vpcs = []
    for number, name in zip(ids(chance, count), names(chance, count), strict=True):
        letters = chance.sample(zones, chance.randint(1, len(zones)))
        if chance.random() < existing:
            kind = _existing_vpc(chance, f"{number:x}", free, letters, sites)
        else:
            kind = {"cidr": str(part(chance, next(free), 16, 24)), "zones": letters}
        vpcs.append({"id": number, "name": name, **kind})
    return vpcs


def _existing_vpc(
    chance: Random, number: str, free: Iterator[IPv4Network], letters: list[str], sites: list[Stated]
) -> Stated:
    """A VPC with one or two prefixes and tables."""
    each_site = [prefix for site in sites for prefix in site["prefixes"]]
    cidrs = [str(part(chance, next(free), 16, longest)) for longest in (26, 28)[: chance.randint(1, 2)]]
    return {
        "cidrs": cidrs,
        "aggregates": each_site if len(each_site) <= ROUTES_OF_A_TABLE and chance.random() < 0.5 else PRIVATE,
        "existing": {
            "vpc_id": f"vpc-{number}",
            "subnet_ids": {letter: f"subnet-{number}{letter}" for letter in letters},
            "route_table_ids": [f"rtb-{number}{table}" for table in range(chance.randint(1, 2))],
        },
    }


def _tunnels(chance: Random, overlay: IPv4Network) -> Stated:
    """Where the tunnels' addresses and ports begin, and their keys' generations, of which one may be in rotation."""
    generations = {router: [chance.randint(1, 9)] for router in ROUTERS}
    rotating = chance.choice((None, None, *ROUTERS))
    if rotating is not None:
        generations[rotating].append(generations[rotating][0] + 1)
    first_ports = (51820, chance.randint(1024, 3776), chance.randint(4785, 65528))
    overlay_cidr = str(part(chance, overlay, 12, 24))
    return {
        "overlay_cidr": overlay_cidr,
        "wireguard_base_port": chance.choice(first_ports),
        "key_generation": generations,
    }


def _aws(chance: Random, router_vpc: IPv4Network, gateway: IPv4Network, zones: str, own_asns: list[int]) -> Stated:
    stated: Stated = {"asn": own_asns[1], "cidr": str(part(chance, gateway, 12, 24))}
    if chance.random() < 0.5:
        octets = chance.sample([octet for octet in range(256) if octet not in HAS_KEPT_PREFIXES], 2)
        aws_a, aws_b = (f"169.254.{octet}.{8 * chance.randrange(32)}/29" for octet in octets)
        stated["inside_cidrs"] = {"aws-a": aws_a, "aws-b": aws_b}
    return {
        "aws": {
            "asn": own_asns[0],
            "router_instance_type": chance.choice(("t4g.micro", "t4g.small", "c7gn.large")),
            "router_vpc_cidr": str(part(chance, router_vpc, 16, 24)),
            "zones": chance.sample(zones, chance.randint(2, 3)),
            "gateway": stated,
        }
    }


def _options(chance: Random, sites: list[Stated], blocks: list[IPv4Network]) -> Stated:
    """What has a default."""
    return {
        "timers": {
            "bfd_ms": chance.choice((0, 50, 100, 300)),
            "bfd_multiplier": chance.choice((3, 4)),
            "tgw_hold_s": chance.choice((9, 30)),
        },
        "takeover": chance.random() < 0.5,
        "protect": chance.random() < 0.5,
        "rebuild": {"sakura-a": chance.randint(1, 3)},
        "aggregate": _summaries(chance, sites, blocks),
    }


def _summaries(chance: Random, sites: list[Stated], blocks: list[IPv4Network]) -> list[str]:
    """The slots around some site prefixes: no other stated prefix lies there."""
    stated = [IPv4Network(prefix) for site in sites for prefix in site["prefixes"]]
    lengths = [
        (prefix, block.prefixlen + SLOT_BITS) for prefix in stated for block in blocks if prefix.subnet_of(block)
    ]
    around = {prefix.supernet(new_prefix=length) for prefix, length in lengths if prefix.prefixlen > length}
    return [str(slot) for slot in chance.sample(sorted(around), min(len(around), chance.randint(1, 3)))]


def _some_of(chance: Random, stated: Stated) -> Stated:
    """Each key or not."""
    return {key: value for key, value in stated.items() if chance.random() < 0.7}

"""Prefix lists in `frr.conf`: what each kind of neighbor may tell a router, and what it is told.

Exact but for VPCs of app teams, which may be any part of the pool that is nobody else's.
Whatever is not listed is refused: the default route, 169.254.0.0/16, the gateway's CIDR, the router VPC,
tunnel endpoints, the blackhole aggregates and a router's own prefixes need no line of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Literal

from topology.announced import LARGEST_VPC, SMALLEST_VPC
from topology.plan import Plan, Router, Site

TO_SITES = "to-sites"
FROM_SITES = "from-sites"
"""A route-map: what a site may announce is a list of its own."""
FROM_GATEWAY = "from-gateway"
TO_GATEWAY = "to-gateway"

ADDRESS_BITS = 32
BEHIND_ALL_ADDRESSES = 15 << 28
"""Pools are numbered from here: private addresses as numbers end before it."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One prefix, exactly this long, or its parts."""

    sequence: int
    action: Literal["permit", "deny"] = "permit"
    prefix: IPv4Network
    shortest: int | None = None
    """The length of the shortest part, where that is not the prefix itself."""
    longest: int | None = None
    """The length of the longest part; None means the prefix only."""


@dataclass(frozen=True, kw_only=True)
class PrefixList:
    """A list whose first line that fits decides; what fits none is denied."""

    name: str
    lines: tuple[Line, ...]
    """Sorted by sequence."""


def from_site(site: Site) -> str:
    """Name of the list of what a BGP site may announce."""
    return f"from-site-{site.name}"


def from_router(router: str) -> str:
    """Name of the list of what a router of the other cloud may announce."""
    return f"from-{router}"


def from_routers(cloud: str) -> str:
    """Name of the route-map for what the other cloud's routers announce."""
    return f"from-{cloud}"


def to_routers(cloud: str) -> str:
    """Name of the list, and of the route-map, of what the other cloud's routers are told."""
    return f"to-{cloud}"


def prefix_lists(plan: Plan, router: str) -> tuple[PrefixList, ...]:
    """The lists one router needs, in the order of its neighbors."""
    me = plan.routers[router]
    if me.cloud == "sakura":
        return (*_towards_sites(plan), *_towards_routers(plan, me))
    return (*_towards_routers(plan, me), *_towards_gateway(plan, me))


def _towards_sites(plan: Plan) -> tuple[PrefixList, ...]:
    """A BGP site hears the VPCs and no other site: sites do not transit to sites."""
    speakers = [site for site in plan.sites if site.bgp is not None]
    if not speakers:
        return ()
    heard = tuple(PrefixList(name=from_site(site), lines=_exactly(site.prefixes)) for site in speakers)
    return (*heard, PrefixList(name=TO_SITES, lines=_vpcs(plan)))


def _towards_routers(plan: Plan, me: Router) -> tuple[PrefixList, ...]:
    far = [router for router in plan.routers.values() if router.cloud != me.cloud]
    sites, vpcs = _exactly(plan.site_prefixes), _vpcs(plan)
    behind_tunnels, behind_inner = (vpcs, sites) if me.cloud == "sakura" else (sites, vpcs)
    heard = tuple(
        PrefixList(name=from_router(router.name), lines=(_loopback(router), *behind_tunnels)) for router in far
    )
    return (*heard, PrefixList(name=to_routers(far[0].cloud), lines=(_loopback(me), *behind_inner)))


def _towards_gateway(plan: Plan, me: Router) -> tuple[PrefixList, ...]:
    """The gateway tells of the router VPC too, which stays out: the siblings' BFD would run through GRE.

    It hears a summary in place of what it contains: beside it the longer prefixes of a dead router would win
    over the halves that take over.
    """
    return (
        PrefixList(name=FROM_GATEWAY, lines=_vpcs(plan)),
        PrefixList(name=TO_GATEWAY, lines=(_loopback(me), *_told_to_gateway(plan))),
    )


def _told_to_gateway(plan: Plan) -> tuple[Line, ...]:
    """What is announced and, for a takeover, its halves; a host prefix has none."""
    lines = _exactly(plan.announced_prefixes)
    if not plan.takeover:
        return lines
    return tuple(
        replace(line, longest=line.prefix.prefixlen + 1) if line.prefix.prefixlen < ADDRESS_BITS else line
        for line in lines
    )


def _loopback(router: Router) -> Line:
    return Line(sequence=1, prefix=IPv4Network(router.loopback))


def _exactly(prefixes: Iterable[IPv4Network]) -> tuple[Line, ...]:
    """A prefix is numbered by its own address, so that adding one moves no other's line."""
    return tuple(Line(sequence=int(prefix.network_address), prefix=prefix) for prefix in sorted(prefixes))


def _vpcs(plan: Plan) -> tuple[Line, ...]:
    """Where app teams make their VPCs any part may be announced, or each new one would need new bundles first.

    What else lies there is denied before: the pool cut into what remains would be many lines a site,
    and FRR compares each line that it reads with all before.
    """
    room = plan.vpc_room
    named = _exactly(prefix for prefix in plan.vpc_ranges if prefix not in room)
    denied = (*_parts_of_others(plan), *_around_the_routers(plan))
    pools = [_pool(pool) for pool in plan.vpc_pools]
    return tuple(sorted((*named, *denied, *pools), key=lambda line: line.sequence))


def _pool(pool: IPv4Network) -> Line:
    """Any VPC in it; its number is behind those of all prefixes, as the first line that fits decides."""
    return Line(
        sequence=BEHIND_ALL_ADDRESSES + (int(pool.network_address) >> ADDRESS_BITS - SMALLEST_VPC),
        prefix=pool,
        shortest=LARGEST_VPC if pool.prefixlen < LARGEST_VPC else None,
        longest=SMALLEST_VPC if pool.prefixlen < SMALLEST_VPC else None,
    )


def _parts_of_others(plan: Plan) -> Iterable[Line]:
    """A VPC that contains one of them is no danger: the longer route wins, and nftables knows whose addresses they are.

    Others that are smaller than any VPC have no part that the pool would admit.
    """
    for prefix in plan.not_for_vpcs:
        if prefix.prefixlen <= SMALLEST_VPC and any(prefix.subnet_of(pool) for pool in plan.vpc_pools):
            yield Line(sequence=int(prefix.network_address), action="deny", prefix=prefix, longest=ADDRESS_BITS)


def _around_the_routers(plan: Plan) -> Iterable[Line]:
    """Routers reach gateway and sibling by their default route: a VPC around either would lead GRE or BFD into GRE.

    Numbered by the addresses within, which nothing else has.
    """
    denied: set[IPv4Network] = set()
    for inner in (plan.router_vpc.cidr, plan.gateway.cidr):
        for wider in range(1, inner.prefixlen - LARGEST_VPC + 1):
            outer = inner.supernet(wider)
            if outer not in denied and any(outer.subnet_of(pool) for pool in plan.vpc_pools):
                denied.add(outer)
                yield Line(sequence=int(inner.network_address) + wider, action="deny", prefix=outer)

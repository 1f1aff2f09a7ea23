"""Prefix lists in `frr.conf`: what each kind of neighbor may tell a router, and what it is told.

Exact but for VPCs of app teams, which may be any part of the pool.
Whatever is not listed is refused: the default route, 169.254.0.0/16, the gateway's CIDR, the router VPC,
tunnel endpoints, the blackhole aggregates and a router's own prefixes need no line of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from render.sides import sides
from topology.announced import SMALLEST_VPC
from topology.plan import Plan, Router, Site

TO_SITES = "to-sites"
FROM_GATEWAY = "from-gateway"
TO_GATEWAY = "to-gateway"


@dataclass(frozen=True, kw_only=True)
class Permit:
    """One prefix, exactly this long, or any part of it."""

    sequence: int
    prefix: IPv4Network
    longest: int | None = None
    """The length of the longest part; None admits the prefix only."""


@dataclass(frozen=True, kw_only=True)
class PrefixList:
    """A list of permits; the rest is denied."""

    name: str
    permits: tuple[Permit, ...]


def from_site(site: Site) -> str:
    """Name of the list of what a BGP site may announce."""
    return f"from-site-{site.name}"


def from_router(router: str) -> str:
    """Name of the list of what a router of the other cloud may announce."""
    return f"from-{router}"


def to_routers(cloud: str) -> str:
    """Name of the list of what the other cloud's routers are told."""
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
    heard = tuple(PrefixList(name=from_site(site), permits=_permits(site.prefixes)) for site in speakers)
    return (*heard, PrefixList(name=TO_SITES, permits=_vpc_permits(plan, plan.vpc_ranges)))


def _towards_routers(plan: Plan, me: Router) -> tuple[PrefixList, ...]:
    part = sides(plan, me.name)
    far = [router for router in plan.routers.values() if router.cloud != me.cloud]
    heard = tuple(
        PrefixList(name=from_router(router.name), permits=(_loopback(router), *_vpc_permits(plan, part.behind_tunnels)))
        for router in far
    )
    told = PrefixList(name=to_routers(far[0].cloud), permits=(_loopback(me), *_vpc_permits(plan, part.behind_inner)))
    return (*heard, told)


def _towards_gateway(plan: Plan, me: Router) -> tuple[PrefixList, ...]:
    """The gateway tells of the router VPC too, which stays out: the siblings' BFD would run through GRE.

    It hears a summary in place of what it contains: beside it the longer prefixes of a dead router would win
    over the halves that take over.
    """
    return (
        PrefixList(name=FROM_GATEWAY, permits=_vpc_permits(plan, plan.vpc_ranges)),
        PrefixList(name=TO_GATEWAY, permits=(_loopback(me), *_permits(plan.announced_prefixes))),
    )


def _loopback(router: Router) -> Permit:
    return Permit(sequence=1, prefix=IPv4Network(router.loopback))


def _vpc_permits(plan: Plan, prefixes: Iterable[IPv4Network]) -> tuple[Permit, ...]:
    """Where app teams make their VPCs any part may be announced, or each new one would need new bundles first."""
    room = plan.vpc_room
    return tuple(replace(p, longest=SMALLEST_VPC) if p.prefix in room else p for p in _permits(prefixes))


def _permits(prefixes: Iterable[IPv4Network]) -> tuple[Permit, ...]:
    """A prefix is numbered by its own address, so that adding one moves no other's line."""
    return tuple(Permit(sequence=int(prefix.network_address), prefix=prefix) for prefix in sorted(prefixes))

"""BGP neighbors in `frr.conf`: sites, the other cloud's routers and the gateway, in the packet's order."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from render import bfd, prefix_lists
from render.sides import CLOSED, GATEWAY
from topology.links import Tunnel
from topology.plan import Plan, Site

SITE_SPARE_PREFIXES = 10
"""Beyond a site's own: a reload may let a new prefix in before it has raised the limit."""

POOL_SPARE_PREFIXES = 100
"""VPCs of app teams; with more, somebody should look whether they are meant."""

SITE_RESTART_MIN = 5

WARN_ABOVE_PLAN = "100 warning-only"
"""Percent of the limit, and what then happens: the limit is what the plan knows, so one prefix more is a warning."""


@dataclass(frozen=True, kw_only=True)
class Neighbor:
    """One eBGP session."""

    interface: str
    """Where it is met."""
    address: IPv4Address
    remote_as: int
    description: str
    bfd_profile: str | None
    """None where the neighbor has no BFD, or BFD is off."""
    ttl: str | None
    """`ttl-security hops 1` or `ebgp-multihop 2`; None for a plain directly connected neighbor."""
    update_source: IPv4Address | None
    """Known from the start, so that BFD comes up beside BGP and not after it: FRR takes a neighbor with TTL security
    for one several hops away (RFC 5883), whose BFD needs an address to send from. Until BFD is up, only the hold time
    tells of a neighbor that dies.
    """
    keepalive_s: int
    hold_s: int
    connect_retry_s: int
    maximum_prefix: int
    """Of those accepted: the net behind the exact list, should a file ever lose it.

    Never with FRR's `force`, which 8.4.4 takes to mean what this neighbor's list refuses of *every* neighbor's
    prefixes: with a few more sites each of them would be cut off.
    """
    maximum_prefix_action: str
    """`restart <minutes>` for one site; a warning alone where a reset would cut the whole path."""
    prefix_list_in: str
    prefix_list_out: str
    route_map_in: str
    """Only between our own routers, who tell each other of a drain."""
    route_map_out: str


def neighbors(plan: Plan, router: str) -> tuple[Neighbor, ...]:
    """Every BGP session of a router; siblings exchange no routes."""
    tunnels = tuple(_tunnel(plan, router, tunnel) for tunnel in plan.tunnels_of(router))
    if plan.routers[router].cloud == "sakura":
        return (*site_neighbors(plan), *tunnels)
    return (*tunnels, *_gateway(plan, router))


def site_neighbors(plan: Plan) -> tuple[Neighbor, ...]:
    """The BGP sites, which both Sakura routers meet alike."""
    return tuple(
        Neighbor(
            interface=CLOSED,
            address=site.bgp.address,
            remote_as=site.bgp.asn,
            description=f"site {site.name}",
            bfd_profile=_bfd(plan, bfd.SITE),
            ttl=None,
            update_source=None,
            keepalive_s=plan.timers.tunnel_keepalive_s,
            hold_s=plan.timers.tunnel_hold_s,
            connect_retry_s=plan.timers.connect_retry_s,
            maximum_prefix=_site_limit(site),
            maximum_prefix_action=f"restart {SITE_RESTART_MIN}",
            prefix_list_in=prefix_lists.from_site(site),
            prefix_list_out=prefix_lists.TO_SITES,
            route_map_in=prefix_lists.FROM_SITES,
            route_map_out=prefix_lists.TO_SITES,
        )
        for site in plan.sites
        if site.bgp is not None
    )


def _tunnel(plan: Plan, router: str, tunnel: Tunnel) -> Neighbor:
    near, far = tunnel.end(router), tunnel.far_end(router)
    far_router = plan.routers[far.router]
    prefixes = _vpc_limit(plan) if far_router.cloud == "aws" else len(plan.site_prefixes)
    return Neighbor(
        interface=near.interface,
        address=far.address.ip,
        remote_as=far_router.asn,
        description=f"tunnel {tunnel.name} on {near.interface}",
        bfd_profile=_bfd(plan, bfd.TUNNEL),
        ttl="ttl-security hops 1",
        update_source=near.address.ip,
        keepalive_s=plan.timers.tunnel_keepalive_s,
        hold_s=plan.timers.tunnel_hold_s,
        connect_retry_s=plan.timers.connect_retry_s,
        maximum_prefix=prefixes + 1,  # and the far router's loopback
        maximum_prefix_action=WARN_ABOVE_PLAN,
        prefix_list_in=prefix_lists.from_router(far.router),
        prefix_list_out=prefix_lists.to_routers(far_router.cloud),
        route_map_in=prefix_lists.from_routers(far_router.cloud),
        route_map_out=prefix_lists.to_routers(far_router.cloud),
    )


def _gateway(plan: Plan, router: str) -> tuple[Neighbor, ...]:
    """Both sessions of the Connect peer: AWS ends one of them in maintenance."""
    return tuple(
        Neighbor(
            interface=GATEWAY,
            address=address,
            remote_as=plan.gateway.asn,
            description="gateway",
            bfd_profile=None,
            ttl="ebgp-multihop 2",
            update_source=None,
            keepalive_s=plan.timers.gateway_keepalive_s,
            hold_s=plan.timers.gateway_hold_s,
            connect_retry_s=plan.timers.connect_retry_s,
            maximum_prefix=_vpc_limit(plan),
            maximum_prefix_action=WARN_ABOVE_PLAN,
            prefix_list_in=prefix_lists.FROM_GATEWAY,
            prefix_list_out=prefix_lists.TO_GATEWAY,
            route_map_in=prefix_lists.FROM_GATEWAY,
            route_map_out=prefix_lists.TO_GATEWAY,
        )
        for address in plan.connect_peers[router].inside_gateway
    )


def _vpc_limit(plan: Plan) -> int:
    return len(plan.vpc_prefixes) + (POOL_SPARE_PREFIXES if plan.vpc_room else 0)


def _site_limit(site: Site) -> int:
    return len(site.prefixes) + SITE_SPARE_PREFIXES


def _bfd(plan: Plan, profile: str) -> str | None:
    return profile if plan.timers.bfd_ms > 0 else None

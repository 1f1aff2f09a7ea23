"""Routing of a router: the context of `/etc/frr/frr.conf`.

The text is FRR 8.4.4's own canonical form: what equals a default of FRR is left out.
Otherwise `frr-reload.py` finds a difference in an unchanged file, and resets sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from render.bfd import BfdPeer, BfdProfile, bfd_peers, bfd_profiles
from render.files import RenderedFile, render
from render.neighbors import Neighbor, neighbors
from render.prefix_lists import PrefixList, prefix_lists
from render.sides import CLOSED
from topology.plan import Plan

MAXIMUM_PATHS = 4
"""Two far routers with two tunnels each while a key is being rotated."""


@dataclass(frozen=True, kw_only=True)
class RoutedSite:
    """A site that speaks no BGP: static routes lead to it."""

    name: str
    prefixes: tuple[IPv4Network, ...]
    next_hop: IPv4Address
    interface: str


@dataclass(frozen=True, kw_only=True)
class FrrContext:
    """The words of `frr/frr.conf.j2`."""

    hostname: str
    asn: int
    loopback: IPv4Address
    routed_sites: tuple[RoutedSite, ...]
    prefix_lists: tuple[PrefixList, ...]
    is_import_checked: bool
    far_cloud: str
    """Whose routers the tunnels lead to."""
    plain_side: str | None
    """Those that know no graceful-shutdown community: the gateway, or BGP sites if any."""
    neighbors: tuple[Neighbor, ...]
    networks: tuple[IPv4Network, ...]
    aggregate_addresses: tuple[IPv4Network, ...]
    maximum_paths: int
    bfd_profiles: tuple[BfdProfile, ...]
    bfd_peers: tuple[BfdPeer, ...]


def frr_file(plan: Plan, router: str) -> RenderedFile:
    """zebra, staticd, bgpd and bfdd of one router in FRR's one integrated file."""
    me = plan.routers[router]
    routed_sites = _routed_sites(plan) if me.cloud == "sakura" else ()
    context = FrrContext(
        hostname=router,
        asn=me.asn,
        loopback=me.loopback,
        routed_sites=routed_sites,
        prefix_lists=prefix_lists(plan, router),
        # A takeover announces halves of site prefixes, and no route of its own stands behind a half.
        is_import_checked=me.cloud == "sakura" or not plan.takeover,
        far_cloud="aws" if me.cloud == "sakura" else "sakura",
        plain_side=_plain_side(plan, router),
        neighbors=neighbors(plan, router),
        networks=(IPv4Network(me.loopback), *(prefix for site in routed_sites for prefix in site.prefixes)),
        aggregate_addresses=plan.aggregate if me.cloud == "aws" else (),
        maximum_paths=MAXIMUM_PATHS,
        bfd_profiles=bfd_profiles(plan, router),
        bfd_peers=bfd_peers(plan, router),
    )
    return render("/etc/frr/frr.conf", "frr/frr.conf.j2", context, mode=0o640)


def _plain_side(plan: Plan, router: str) -> str | None:
    if plan.routers[router].cloud == "aws":
        return "gateway"
    return "sites" if any(site.bgp for site in plan.sites) else None


def _routed_sites(plan: Plan) -> tuple[RoutedSite, ...]:
    return tuple(
        RoutedSite(name=site.name, prefixes=site.prefixes, next_hop=plan.closed_network.gateway, interface=CLOSED)
        for site in plan.routed_sites
    )

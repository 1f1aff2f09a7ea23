"""The firewall of a router: the context of `/etc/nftables.conf`.

A cloud's own filter stands in front of the `internet` NIC; this one holds by itself, on every interface.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from render.bfd import bfd_peers
from render.files import RenderedFile, render
from render.live import Live
from render.neighbors import Neighbor, neighbors
from render.sides import INTERNET, sides
from topology.plan import Plan


@dataclass(frozen=True, kw_only=True)
class TunnelRule:
    """The outer packets of one tunnel."""

    interface: str
    endpoint: str
    """The far router's public address."""
    port: int


@dataclass(frozen=True, kw_only=True)
class PeerRule:
    """A neighbor of FRR: it may speak on one interface, from one address."""

    interface: str
    address: IPv4Address


@dataclass(frozen=True, kw_only=True)
class AwsRules:
    """What only an AWS router lets in."""

    gateway: IPv4Address
    """GRE comes from here."""
    gateway_inside: tuple[IPv4Address, ...]
    sibling: IPv4Address
    sibling_loopback: IPv4Address


@dataclass(frozen=True, kw_only=True)
class SakuraRules:
    """What only a Sakura router lets in."""

    sibling: IPv4Address


@dataclass(frozen=True, kw_only=True)
class NftablesContext:
    """The words of `nftables/nftables.conf.j2`."""

    internet: str
    inner: str
    """The interface away from the tunnels."""
    inner_side: str
    """What it leads to, as a word in set names: `sites` or `vpcs`."""
    tunnels: tuple[TunnelRule, ...]
    bgp_peers: tuple[PeerRule, ...]
    bfd_peers: tuple[PeerRule, ...]
    """Those with BGP behind them; empty when BFD is off."""
    has_sibling_bfd: bool
    mss_bytes: int
    overlay: IPv4Network
    behind_inner: tuple[IPv4Network, ...]
    behind_tunnels: tuple[IPv4Address | IPv4Network, ...]
    aws: AwsRules | None
    sakura: SakuraRules | None


def nftables_file(plan: Plan, router: str, live: Live) -> RenderedFile:
    """Deny by default; only sites and VPCs pass through, each from its own side.

    Raises KeyError when `live` lacks the public address of a far router.
    """
    part = sides(plan, router)
    is_aws = plan.routers[router].cloud == "aws"
    context = NftablesContext(
        internet=INTERNET,
        inner=part.inner_interface,
        inner_side="vpcs" if is_aws else "sites",
        tunnels=_tunnels(plan, router, live),
        bgp_peers=_peers(neighbors(plan, router)),
        bfd_peers=_peers(peer for peer in neighbors(plan, router) if peer.bfd_profile is not None),
        has_sibling_bfd=bool(bfd_peers(plan, router)),
        mss_bytes=plan.usable_mss_bytes,
        overlay=plan.overlay_cidr,
        behind_inner=part.behind_inner,
        behind_tunnels=(*part.far_loopbacks, *part.behind_tunnels),
        aws=_aws(plan, router) if is_aws else None,
        sakura=None if is_aws else _sakura(plan, router),
    )
    return render("/etc/nftables.conf", "nftables/nftables.conf.j2", context)


def _tunnels(plan: Plan, router: str, live: Live) -> tuple[TunnelRule, ...]:
    return tuple(
        TunnelRule(
            interface=tunnel.end(router).interface,
            endpoint=live.public_addresses[tunnel.far_end(router).router],
            port=tunnel.port,
        )
        for tunnel in plan.tunnels_of(router)
    )


def _peers(some: Iterable[Neighbor]) -> tuple[PeerRule, ...]:
    return tuple(PeerRule(interface=neighbor.interface, address=neighbor.address) for neighbor in some)


def _aws(plan: Plan, router: str) -> AwsRules:
    peer = plan.connect_peers[router]
    sibling = plan.routers[router].sibling
    return AwsRules(
        gateway=peer.gateway_address,
        gateway_inside=peer.inside_gateway,
        sibling=plan.aws_places[sibling].private_address,
        sibling_loopback=plan.routers[sibling].loopback,
    )


def _sakura(plan: Plan, router: str) -> SakuraRules:
    return SakuraRules(
        sibling=plan.sakura_places[plan.routers[router].sibling].closed_address.ip,
    )

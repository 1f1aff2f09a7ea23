"""The path as one router sees it: what lies behind its tunnels, and what behind its other interface."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from topology.plan import Plan

INTERNET = "internet"
CLOSED = "closed"
GATEWAY = "gre-gateway"


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Prefixes and loopbacks on both sides of a router, each sorted."""

    inner_interface: str
    """Away from the tunnels: `closed` on Sakura, `gre-gateway` on AWS."""
    behind_inner: tuple[IPv4Network, ...]
    """Sites on Sakura, all that VPCs may have on AWS."""
    behind_tunnels: tuple[IPv4Network, ...]
    """All that VPCs may have on Sakura, sites on AWS."""
    far_loopbacks: tuple[IPv4Address, ...]
    """Loopbacks of the other cloud's routers."""


def sides(plan: Plan, router: str) -> Sides:
    """What lies on either side of `router`."""
    cloud = plan.routers[router].cloud
    far_loopbacks = tuple(sorted(other.loopback for other in plan.routers.values() if other.cloud != cloud))
    if cloud == "sakura":
        return Sides(
            inner_interface=CLOSED,
            behind_inner=plan.site_prefixes,
            behind_tunnels=plan.vpc_ranges,
            far_loopbacks=far_loopbacks,
        )
    return Sides(
        inner_interface=GATEWAY,
        behind_inner=plan.vpc_ranges,
        behind_tunnels=plan.site_prefixes,
        far_loopbacks=far_loopbacks,
    )

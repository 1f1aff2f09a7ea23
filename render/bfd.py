"""BFD in `frr.conf`: how fast a dead neighbor is found, and the siblings' ready flag."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from topology.plan import Plan, Timers

TUNNEL = "tunnel"
SITE = "site"
SIBLING = "sibling"

FRR_INTERVAL_MS = 300
FRR_MULTIPLIER = 3
"""FRR's defaults: written out, they would differ from what FRR writes back."""


@dataclass(frozen=True, kw_only=True)
class BfdProfile:
    """Timers of one kind of neighbor; a field is None where FRR's default is meant."""

    name: str
    detect_multiplier: int | None
    transmit_interval: int | None
    """Milliseconds."""
    receive_interval: int | None
    """Milliseconds."""


@dataclass(frozen=True, kw_only=True)
class BfdPeer:
    """A BFD session with no BGP behind it."""

    address: IPv4Address
    local_address: IPv4Address
    profile: str


def bfd_profiles(plan: Plan, router: str) -> tuple[BfdProfile, ...]:
    """The profiles this router uses: none when BFD is off."""
    if plan.timers.bfd_ms == 0:
        return ()
    names = [TUNNEL]
    if plan.routers[router].cloud == "aws":
        names.append(SIBLING)
    elif any(site.bgp for site in plan.sites):
        names.append(SITE)
    return tuple(_profile(name, plan.timers) for name in sorted(names))


def bfd_peers(plan: Plan, router: str) -> tuple[BfdPeer, ...]:
    """On AWS the sibling: this session being up means that both routers are ready."""
    if plan.timers.bfd_ms == 0 or plan.routers[router].cloud != "aws":
        return ()
    sibling = plan.routers[router].sibling
    return (
        BfdPeer(
            address=plan.aws_places[sibling].private_address,
            local_address=plan.aws_places[router].private_address,
            profile=SIBLING,
        ),
    )


def _profile(name: str, timers: Timers) -> BfdProfile:
    interval = timers.bfd_ms if timers.bfd_ms != FRR_INTERVAL_MS else None
    return BfdProfile(
        name=name,
        detect_multiplier=timers.bfd_multiplier if timers.bfd_multiplier != FRR_MULTIPLIER else None,
        transmit_interval=interval,
        receive_interval=interval,
    )

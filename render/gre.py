"""The GRE device towards the gateway: `/etc/flets-to-vpc/gre.env`, on AWS only."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from render.files import RenderedFile, render
from render.sides import GATEWAY
from topology.plan import Plan


@dataclass(frozen=True, kw_only=True)
class GreContext:
    """The words of `gre/gre.env.j2`."""

    device: str
    local: IPv4Address
    remote: IPv4Address
    address: IPv4Interface
    mtu_bytes: int


def gre_file(plan: Plan, router: str) -> RenderedFile:
    """What flets-to-vpc-gre.service needs to set up this router's end of its Connect peer."""
    peer = plan.connect_peers[router]
    context = GreContext(
        device=GATEWAY,
        local=peer.router_address,
        remote=peer.gateway_address,
        address=peer.inside_router,
        mtu_bytes=peer.gre_mtu_bytes,
    )
    return render("/etc/flets-to-vpc/gre.env", "gre/gre.env.j2", context)

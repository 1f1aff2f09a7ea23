"""What the agent on a router must know: `/etc/flets-to-vpc/agent.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from render.bfd import bfd_peers
from render.files import RenderedFile
from render.live import Live
from render.neighbors import neighbors, site_neighbors
from render.sides import CLOSED, GATEWAY
from topology.links import Tunnel
from topology.plan import Plan

SCHEMA = 1
"""Raised when a key changes its meaning or goes."""


@dataclass(frozen=True, kw_only=True)
class AgentTunnel:
    """One WireGuard interface and the parameters its keys are in, below the router's parameter path."""

    interface: str
    private_key: str
    peer_public_key: str
    pre_shared_key: str


@dataclass(frozen=True, kw_only=True)
class AgentBfd:
    """The timers the file asks for, to be compared with those in force."""

    interval_ms: int
    """0 when BFD is off."""
    multiplier: int


@dataclass(frozen=True, kw_only=True)
class AgentPrefixes:
    """What the path joins."""

    sites: tuple[str, ...]
    vpcs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AgentGateway:
    """An AWS router's leg to the gateway, and what it announces there."""

    device: str
    private_address: str
    """The router's own in the router VPC: its GRE end, and where a probe through the gateway comes back to."""
    neighbors: tuple[str, ...]
    hold_s: int
    announced: tuple[str, ...]
    """Site prefixes and summaries; a takeover announces the halves of each."""


@dataclass(frozen=True, kw_only=True)
class AgentClosedNetwork:
    """A Sakura router's place on the closed network, and who must be heard there."""

    device: str
    address: str
    gateway: str
    sibling: str
    announced: tuple[str, ...]
    """Prefixes of the routed sites, which the gateway there leads to."""


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """The whole of `agent.json`; field names are its keys."""

    schema: int
    router: str
    cloud: str
    sibling: str
    asn: int
    loopback: str
    wireguard: tuple[AgentTunnel, ...]
    bgp_neighbors: tuple[str, ...]
    """Every neighbor in frr.conf."""
    site_neighbors: tuple[str, ...]
    """Those of them that are BGP sites: a dead one does not make a router unready."""
    bfd_peers: tuple[str, ...]
    """Those of `bgp_neighbors` that have BFD."""
    bfd: AgentBfd
    sibling_bfd: str | None
    """The peer whose session is the siblings' ready flag."""
    prefixes: AgentPrefixes
    takeover: bool
    gateway: AgentGateway | None
    """None on Sakura."""
    closed_network: AgentClosedNetwork | None
    """None on AWS."""
    virtual_ip: str | None
    """None where there is no closed network."""


def agent_file(plan: Plan, router: str, live: Live) -> RenderedFile:
    """The agent's settings; keys are named by the parameter that holds them, never written.

    Raises KeyError when `live` lacks a public key of a far router.
    """
    me = plan.routers[router]
    sessions = neighbors(plan, router)
    is_aws = me.cloud == "aws"
    settings = AgentSettings(
        schema=SCHEMA,
        router=router,
        cloud=me.cloud,
        sibling=me.sibling,
        asn=me.asn,
        loopback=str(me.loopback),
        wireguard=tuple(_tunnel(tunnel, router, live) for tunnel in plan.tunnels_of(router)),
        bgp_neighbors=tuple(str(session.address) for session in sessions),
        site_neighbors=() if is_aws else tuple(str(session.address) for session in site_neighbors(plan)),
        bfd_peers=tuple(str(session.address) for session in sessions if session.bfd_profile is not None),
        bfd=AgentBfd(interval_ms=plan.timers.bfd_ms, multiplier=plan.timers.bfd_multiplier),
        sibling_bfd=next((str(peer.address) for peer in bfd_peers(plan, router)), None),
        prefixes=AgentPrefixes(
            sites=tuple(str(prefix) for prefix in plan.site_prefixes),
            vpcs=tuple(str(prefix) for prefix in plan.vpc_prefixes),
        ),
        takeover=plan.takeover,
        gateway=_gateway(plan, router) if is_aws else None,
        closed_network=None if is_aws else _closed_network(plan, router),
        virtual_ip=None if is_aws else str(plan.closed_network.virtual_ip),
    )
    return RenderedFile(
        path="/etc/flets-to-vpc/agent.json",
        content=json.dumps(asdict(settings), indent=2) + "\n",
        mode=0o644,
    )


def _tunnel(tunnel: Tunnel, router: str, live: Live) -> AgentTunnel:
    near, far = tunnel.end(router), tunnel.far_end(router)
    return AgentTunnel(
        interface=near.interface,
        private_key=f"private-key/{near.key_generation}",
        peer_public_key=live.public_keys[far.router][far.key_generation],
        pre_shared_key=f"pre-shared-key/{tunnel.pre_shared_key}",
    )


def _gateway(plan: Plan, router: str) -> AgentGateway:
    return AgentGateway(
        device=GATEWAY,
        private_address=str(plan.aws_places[router].private_address),
        neighbors=tuple(str(address) for address in plan.connect_peers[router].inside_gateway),
        hold_s=plan.timers.gateway_hold_s,
        announced=tuple(str(prefix) for prefix in plan.announced_prefixes),
    )


def _closed_network(plan: Plan, router: str) -> AgentClosedNetwork:
    return AgentClosedNetwork(
        device=CLOSED,
        address=str(plan.sakura_places[router].closed_address.ip),
        gateway=str(plan.closed_network.gateway),
        sibling=str(plan.sakura_places[plan.routers[router].sibling].closed_address.ip),
        announced=tuple(str(prefix) for site in plan.routed_sites for prefix in site.prefixes),
    )

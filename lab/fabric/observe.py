"""What the running fabric says of itself: the gateway's sessions and tables, what was dropped and by whose rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabFault
from lab.fabric import runner
from lab.fabric.blueprint import BLACKHOLE_DEVICE
from lab.fabric.closed_network import CLOSED_DEVICE, GATEWAY_NETNS
from lab.fabric.drops import Drop, drops
from lab.fabric.gateway import Gateway
from lab.fabric.gateway_routing import Session, bird_socket, sessions
from lab.fabric.gateway_wiring import forwarding_table
from lab.fabric.inventory import Finding, SiteHost
from lab.fabric.vpc_wiring import gateway_device
from lab.fabric.wiring import Wiring


@dataclass(frozen=True, kw_only=True)
class GatewaySession:
    """One BGP session of a Connect peer, as the gateway sees it."""

    peer_id: str
    router: str
    address: str
    """The gateway's."""
    peer_address: str
    state: str
    """`Established`, or another state of RFC 4271."""
    imported: int
    """Routes the router announces."""
    preserves_forwarding: bool
    """The router's OPEN asks to keep its IPv4 routes while it is away: a dead router's routes would stay."""
    last_error: str


@dataclass(frozen=True, kw_only=True)
class GatewayRoute:
    """A route that a gateway table uses."""

    destination: str
    next_hops: tuple[str, ...]
    """`vpc:NAME`, `gre:ROUTER`, or `blackhole`; several share the flows."""


@dataclass(frozen=True, kw_only=True)
class FabricState:
    """All of it at one moment."""

    sessions: tuple[GatewaySession, ...]
    tables: dict[str, tuple[GatewayRoute, ...]]
    """By gateway route table."""
    lookups: dict[str, str]
    """By where packets come from, `connect` or `vpc:NAME`: the gateway route table they are looked up in."""
    site_routes: dict[str, tuple[str, ...]]
    """By site that speaks BGP: destinations that it has a route to."""
    drops: tuple[Drop, ...]
    findings: tuple[Finding, ...]
    virtual_ip_owner: str | None
    """Node whose NIC answers for the virtual address, as the closed network's gateway knows it; None when none does."""
    dead_programs: dict[str, str]
    """The fabric's own processes that ended, with their last words."""


def observe(wiring: Wiring, run_dir: Path, dead_programs: dict[str, str]) -> FabricState:
    """Asks each part. Raises LabFault when one does not answer."""
    return FabricState(
        sessions=gateway_sessions(wiring, run_dir),
        tables=gateway_tables(wiring),
        lookups={source: table for gateway in wiring.gateways for source, table in _lookups(gateway)},
        site_routes={site.name: _site_routes(site) for site in wiring.inventory.sites if site.is_bgp},
        drops=drops(wiring),
        findings=wiring.inventory.findings,
        virtual_ip_owner=_virtual_ip_owner(wiring),
        dead_programs=dead_programs,
    )


def gateway_sessions(wiring: Wiring, run_dir: Path) -> tuple[GatewaySession, ...]:
    """Every BGP session of every gateway. Raises LabFault when BIRD does not answer."""
    return tuple(session for gateway in wiring.gateways for session in _sessions(gateway, run_dir))


def gateway_tables(wiring: Wiring) -> dict[str, tuple[GatewayRoute, ...]]:
    """By gateway route table: what its packets follow."""
    return {id_: routes for gateway in wiring.gateways for id_, routes in _tables(gateway, wiring.reaction_s).items()}


def _birdc(gateway: Gateway, run_dir: Path, command: str) -> str:
    return runner.run(["birdc", "-r", "-s", str(bird_socket(gateway, run_dir)), command])


def _sessions(gateway: Gateway, run_dir: Path) -> list[GatewaySession]:
    blocks = re.split(r"\n(?=\S)", _birdc(gateway, run_dir, "show protocols all"))
    said = {block.split()[0]: block for block in blocks if block.split()}
    return [read_session(session, said.get(session.symbol, "")) for session in sessions(gateway)]


def read_session(session: Session, block: str) -> GatewaySession:
    """One session from what `birdc show protocols all` says of it."""
    imported = _after(block, r"Routes:\s+(\d+) imported")
    neighbour = block.partition("Neighbor capabilities")[2].partition("Session:")[0]
    kept = _after(neighbour, r"AF preserved:[ \t]*(.*)")
    return GatewaySession(
        peer_id=session.peer.id,
        router=session.peer.name,
        address=session.gateway_address,
        peer_address=str(session.peer.inside_router),
        state=_after(block, r"BGP state:\s+(\w+)") or "Down",
        imported=int(imported or 0),
        preserves_forwarding="ipv4" in kept.split(),
        last_error=_after(block, r"Last error:\s+(.*)"),
    )


def _after(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found.group(1).strip() if found else ""


def _tables(gateway: Gateway, reaction_s: int) -> dict[str, tuple[GatewayRoute, ...]]:
    """From the kernel's tables, for these are what packets follow."""
    hops = _hops(gateway)
    found = {}
    for table_id in gateway.tables:
        text = _kernel_table(gateway.netns, forwarding_table(table_id, reaction_s))
        found[table_id] = tuple(sorted(read_routes(text, hops), key=lambda route: route.destination))
    return found


def _lookups(gateway: Gateway) -> Iterator[tuple[str, str]]:
    for connect in gateway.connects:
        if connect.associated:
            yield "connect", connect.associated
    for attachment in gateway.vpcs:
        if attachment.associated:
            yield f"vpc:{attachment.vpc.name}", attachment.associated


def _kernel_table(netns: str, number: int) -> str:
    try:
        return runner.run(["ip", "-j", "route", "show", "table", str(number)], netns=netns)
    except LabFault as fault:
        # The kernel has no table before its first route.
        if "FIB table does not exist" in str(fault):
            return "[]"
        raise


def read_routes(text: str, hops: dict[str, str]) -> list[GatewayRoute]:
    """Routes from `ip -j route`, devices replaced by what they lead to."""
    found = []
    for entry in json.loads(text or "[]"):
        devices = [hop["dev"] for hop in entry.get("nexthops", [])] or [entry.get("dev", "")]
        next_hops = tuple(sorted({hops.get(device, device) for device in devices}))
        found.append(GatewayRoute(destination=entry["dst"], next_hops=next_hops))
    return found


def _hops(gateway: Gateway) -> dict[str, str]:
    """What each device of the gateway leads to."""
    vpcs = {gateway_device(attachment.vpc): f"vpc:{attachment.vpc.name}" for attachment in gateway.vpcs}
    peers = {peer.device: f"gre:{peer.name}" for connect in gateway.connects for peer in connect.peers}
    return {**vpcs, **peers, BLACKHOLE_DEVICE: "blackhole"}


def _site_routes(site: SiteHost) -> tuple[str, ...]:
    return tuple(route["dst"] for route in json.loads(runner.run(["ip", "-j", "route"], netns=site.netns) or "[]"))


def _virtual_ip_owner(wiring: Wiring) -> str | None:
    address = str(wiring.world.closed_network.virtual_ip)
    text = runner.run(["ip", "-j", "neigh", "show", "to", address, "dev", CLOSED_DEVICE], netns=GATEWAY_NETNS)
    owners = {nic.nic.mac.lower(): server.node.name for server in wiring.servers for nic in server.nics}
    known = [owners.get(entry.get("lladdr", ""), "") for entry in json.loads(text or "[]")]
    return next((name for name in known if name), None)

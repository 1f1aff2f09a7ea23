"""The Transit Gateway as one namespace: an attachment's packets are looked up in the table it is associated with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from lab.fabric import names
from lab.fabric.blueprint import (
    BLACKHOLE_DEVICE,
    NEXT_HOP,
    SINK_DEVICE,
    Address,
    Blueprint,
    Device,
    Namespace,
    Program,
    Route,
    sink_part,
)
from lab.fabric.gateway import ConnectAttachment, Gateway, Peer
from lab.fabric.gateway_routing import bird
from lab.fabric.template import fill
from lab.fabric.vpc_wiring import GATEWAY_MTU_BYTES, gateway_device

REASONS = {"no_route": "iifname", "blackhole": "iifname"}
"""Why the gateway drops a packet, counted by the device it came by."""
GRE_HEADER_BYTES = 24
USERSPACE_GRE = Path(__file__).with_name("gre.py")
REACTION = Path(__file__).with_name("gateway_reaction.py")
_SINK_TABLE = "no route"


def gateway_part(
    gateway: Gateway, gre: Literal["kernel", "userspace"], run_dir: Path, reaction_s: int = 0
) -> Blueprint:
    """The gateway's namespace, its tunnels and its BIRD, whose updates it forwards by so many seconds later."""
    peers = [peer for connect in gateway.connects for peer in connect.peers]
    tunnels = [_kernel_gre(gateway, peer) if gre == "kernel" else _userspace_gre(gateway, peer) for peer in peers]
    space = Namespace(
        name=gateway.netns,
        is_router=True,
        keeps_default_rules=False,
        addresses=tuple(Address(device="lo", address=f"{a}/32") for a in sorted({p.gateway_address for p in peers})),
        routes=tuple(_routes(gateway)),
        rules=tuple(dict.fromkeys(_rules(gateway, reaction_s))),
        ruleset=_ruleset(gateway),
    )
    return Blueprint.join(
        [
            sink_part(gateway.netns, SINK_DEVICE, names.table(_SINK_TABLE)),
            sink_part(gateway.netns, BLACKHOLE_DEVICE),
            Blueprint(namespaces=(space,)),
            *tunnels,
            Blueprint(programs=(bird(gateway, run_dir), *_reaction(gateway, run_dir, reaction_s))),
        ]
    )


def forwarding_table(table_id: str, reaction_s: int) -> int:
    """The kernel's table that packets follow: BIRD's own, or the one that repeats it later."""
    return names.table(f"{table_id} {reaction_s} s later" if reaction_s else table_id)


def _reaction(gateway: Gateway, run_dir: Path, reaction_s: int) -> Iterator[Program]:
    if reaction_s:
        ready = str(run_dir / gateway.netns / f"reaction-{reaction_s}")
        pairs = (f"{names.table(id_)}:{forwarding_table(id_, reaction_s)}" for id_ in gateway.tables)
        argv = (sys.executable, "-I", str(REACTION), str(reaction_s), ready, *pairs)
        name = f"reaction-{gateway.netns}"
        yield Program(name=name, netns=gateway.netns, argv=argv, ready_path=ready, is_real_time=True)


def _kernel_gre(gateway: Gateway, peer: Peer) -> Blueprint:
    kind = f"gre local {peer.gateway_address} remote {peer.router_address} ttl 64"
    mtu_bytes = GATEWAY_MTU_BYTES - GRE_HEADER_BYTES
    addresses = tuple(Address(device=peer.device, address=address) for address in _inside(peer))
    return Blueprint(
        namespaces=(Namespace(name=gateway.netns, addresses=addresses),),
        devices=(Device(netns=gateway.netns, name=peer.device, kind=kind, mtu_bytes=mtu_bytes),),
    )


def _userspace_gre(gateway: Gateway, peer: Peer) -> Blueprint:
    where = (peer.device, peer.gateway_address, peer.router_address, ",".join(_inside(peer)))
    argv = (sys.executable, "-I", str(USERSPACE_GRE), *where, str(GATEWAY_MTU_BYTES - GRE_HEADER_BYTES))
    program = Program(name=f"{peer.device}-{gateway.netns}", netns=gateway.netns, argv=argv, is_real_time=True)
    return Blueprint(programs=(program,))


def _inside(peer: Peer) -> list[str]:
    return [f"{address}/{peer.inside.prefixlen}" for address in peer.inside_gateway]


def _transport_device(gateway: Gateway, connect: ConnectAttachment) -> str:
    transport = gateway.vpc_attachment(connect.transport_id)
    return gateway_device(transport.vpc) if transport else ""


def _transport_table(connect: ConnectAttachment) -> int:
    return names.table(f"transport of {connect.id}")


def _routes(gateway: Gateway) -> Iterator[Route]:
    """What the gateway itself sends: GRE over its transport, and errors to hosts of the VPCs."""
    for connect in gateway.connects:
        device = _transport_device(gateway, connect) or SINK_DEVICE
        yield Route(destination="default", device=device, via=NEXT_HOP, table=_transport_table(connect))
    for attachment in gateway.vpcs:
        for cidr in attachment.vpc.cidrs:
            yield Route(destination=str(cidr), device=gateway_device(attachment.vpc), via=NEXT_HOP)


def _rules(gateway: Gateway, reaction_s: int) -> Iterator[str]:
    yield "pref 20 fwmark 0x1 lookup local"
    for connect in gateway.connects:
        for peer in connect.peers:
            pair = f"from {peer.gateway_address} to {peer.router_address}"
            yield f"pref 11 iif lo {pair} lookup {_transport_table(connect)}"
            if connect.associated:
                yield f"pref 30 iif {peer.device} lookup {forwarding_table(connect.associated, reaction_s)}"
    for attachment in gateway.vpcs:
        if attachment.associated:
            table = forwarding_table(attachment.associated, reaction_s)
            yield f"pref 30 iif {gateway_device(attachment.vpc)} lookup {table}"
    yield f"pref 30000 lookup {names.table(_SINK_TABLE)}"


def _ruleset(gateway: Gateway) -> str:
    return fill(
        "gateway.nft.j2",
        reasons=REASONS,
        peers=[
            {
                "device": peer.device,
                "transport_device": _transport_device(gateway, connect),
                "router_address": peer.router_address,
                "gateway_address": peer.gateway_address,
                "inside": ", ".join(map(str, peer.inside_gateway)),
            }
            for connect in gateway.connects
            for peer in connect.peers
        ],
    )

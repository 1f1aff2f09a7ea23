"""The gateway's BIRD: one table per gateway route table, propagation by pipes, two BGP sessions per Connect peer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.fabric import names
from lab.fabric.blueprint import BLACKHOLE_DEVICE, NEXT_HOP, SINK_DEVICE, Program
from lab.fabric.gateway import ConnectAttachment, Gateway, Peer, StaticRoute
from lab.fabric.template import fill
from lab.fabric.vpc_wiring import gateway_device

ROUTE_QUOTA = 1000
"""Routes a Connect peer may announce before the gateway resets its session."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One of a Connect peer's two BGP sessions."""

    symbol: str
    """Its name in BIRD."""
    peer: Peer
    gateway_address: str


def table_symbol(table_id: str) -> str:
    """A gateway route table's name in BIRD."""
    return f"rtb_{names.digest(table_id)[:8]}"


def sessions(gateway: Gateway) -> tuple[Session, ...]:
    """All BGP sessions of the gateway."""
    return tuple(session for connect in gateway.connects for session in _sessions(connect))


def _connect_symbol(connect: ConnectAttachment) -> str:
    return f"connect_{names.digest(connect.id)[:8]}"


def _sessions(connect: ConnectAttachment) -> Iterator[Session]:
    for peer in connect.peers:
        for number, address in enumerate(peer.inside_gateway, start=2):
            symbol = f"{_connect_symbol(connect)}_peer_{names.digest(peer.id)[:8]}_{number}"
            yield Session(symbol=symbol, peer=peer, gateway_address=str(address))


def bird(gateway: Gateway, run_dir: Path) -> Program:
    """The program with its configuration; the control socket is `bird_socket`."""
    config, control = run_dir / gateway.netns / "bird.conf", bird_socket(gateway, run_dir)
    return Program(
        name=f"bird-{gateway.netns}",
        netns=gateway.netns,
        argv=("bird", "-f", "-c", str(config), "-s", str(control)),
        files={str(config): bird_config(gateway)},
        check_argv=("bird", "-p", "-c", str(config)),
        reload_argv=("birdc", "-s", str(control), "configure"),
        ready_path=str(control),
        is_real_time=True,
    )


def bird_socket(gateway: Gateway, run_dir: Path) -> Path:
    """Where BIRD listens for commands."""
    return run_dir / gateway.netns / "bird.ctl"


def bird_config(gateway: Gateway) -> str:
    """The configuration's text."""
    peers = [peer for connect in gateway.connects for peer in connect.peers]
    return fill(
        "bird.conf.j2",
        router_id=peers[0].gateway_address if peers else NEXT_HOP,
        asn=gateway.asn,
        next_hop=NEXT_HOP,
        route_quota=ROUTE_QUOTA,
        tables=[_table(gateway, table_id) for table_id in gateway.tables],
        connects=[_connect(connect) for connect in gateway.connects],
    )


def _table(gateway: Gateway, table_id: str) -> dict[str, object]:
    statics = [route for route in gateway.statics if route.table_id == table_id]
    return {
        "id": table_id,
        "symbol": table_symbol(table_id),
        "number": names.table(table_id),
        "statics": [{"destination": r.destination, "device": _static_device(gateway, r)} for r in statics],
        "vpcs": [
            {"destination": str(cidr), "device": gateway_device(attachment.vpc)}
            for attachment in gateway.vpcs
            if table_id in attachment.propagated
            for cidr in attachment.vpc.cidrs
        ],
    }


def _static_device(gateway: Gateway, route: StaticRoute) -> str:
    if route.attachment_id is None:
        return BLACKHOLE_DEVICE
    attachment = gateway.vpc_attachment(route.attachment_id)
    return gateway_device(attachment.vpc) if attachment else SINK_DEVICE


def _connect(connect: ConnectAttachment) -> dict[str, object]:
    joined = sorted({*connect.propagated, *([connect.associated] if connect.associated else [])})
    return {
        "id": connect.id,
        "symbol": _connect_symbol(connect),
        "advertises_own": connect.associated in connect.propagated,
        "pipes": [
            {
                "table": table_symbol(table_id),
                "is_propagated": table_id in connect.propagated,
                "is_associated": table_id == connect.associated,
            }
            for table_id in joined
        ],
        "sessions": [
            {
                "symbol": session.symbol,
                "peer": session.peer.name,
                "is_first": session.gateway_address == str(session.peer.inside_gateway[0]),
                "gateway_address": session.gateway_address,
                "router_address": str(session.peer.inside_router),
                "router_asn": session.peer.router_asn,
            }
            for session in _sessions(connect)
        ],
    }

"""One WireGuard interface per tunnel: `/etc/wireguard/<interface>.conf`, read by wg-quick."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Interface

from render.files import RenderedFile, render
from render.live import Live
from topology.links import Tunnel
from topology.plan import Plan


@dataclass(frozen=True, kw_only=True)
class WireguardContext:
    """The words of `wireguard/tunnel.conf.j2`."""

    tunnel: str
    address: IPv4Interface
    listen_port: int
    mtu_bytes: int
    peer: str
    peer_public_key: str
    peer_endpoint: str


def wireguard_files(plan: Plan, router: str, live: Live) -> tuple[RenderedFile, ...]:
    """The interfaces of a router, without private and pre-shared keys: those are joined on the router.

    Raises KeyError when `live` lacks a far router, or a key of the generation its end uses.
    """
    return tuple(_wireguard_file(tunnel, router, live) for tunnel in plan.tunnels_of(router))


def _wireguard_file(tunnel: Tunnel, router: str, live: Live) -> RenderedFile:
    near, far = tunnel.end(router), tunnel.far_end(router)
    context = WireguardContext(
        tunnel=tunnel.name,
        address=near.address,
        listen_port=tunnel.port,
        mtu_bytes=tunnel.mtu_bytes,
        peer=far.router,
        peer_public_key=live.public_keys[far.router][far.key_generation],
        peer_endpoint=f"{live.public_addresses[far.router]}:{tunnel.port}",
    )
    # wg-quick warns about a file that others can read, though this one holds no key.
    return render(f"/etc/wireguard/{near.interface}.conf", "wireguard/tunnel.conf.j2", context, mode=0o600)

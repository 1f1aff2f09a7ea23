"""Whether a path still carries what was promised: packets of the exact size, and TCP where nobody hears ICMP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from lab.fabric import cuts
from lab.fabric.cuts import Cut
from lab.proof import paths
from lab.proof.flows import Endpoint, FlowBook, Place
from lab.proof.netns import inside
from lab.proof.scene import Scene
from lab.proof.traffic import Receivers, Traffic

TCP_BYTES = 10 * 1000 * 1000
TCP_PORT = 40012
TCP_WITHIN_S = 120.0
"""A loaded machine is slow; a wrong MSS never ends."""
CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What one path carried, both ways."""

    mtu: int
    """Largest unfragmentable IPv4 packet in bytes of every flow; one byte more was refused."""
    tcp_bytes: int
    """What arrived of `TCP_BYTES`, of the worse direction, while both hosts were deaf to ICMP."""

    def promised(self, usable_mtu: int) -> bool:
        """Whether it is all that was promised."""
        return self.mtu == usable_mtu and self.tcp_bytes == TCP_BYTES

    def line(self, usable_mtu: int) -> dict[str, Any]:
        """As a run's line holds it."""
        return {**asdict(self), "ok": self.promised(usable_mtu)}


def prove(scene: Scene) -> dict[str, Any]:
    """Sends packets and streams between a host of each site and one of each VPC now.

    As a run's line holds it: of all these paths the figures of the first that lacks something, and how many there are.
    """
    found = [_between(scene, site.endpoints[0], vpc.endpoints[0]) for site, vpc in product(scene.sites(), scene.vpcs())]
    worst = min(found, key=lambda one: one.promised(scene.usable_mtu))
    return {**worst.line(scene.usable_mtu), "paths": len(found)}


def _between(scene: Scene, site: Endpoint, vpc: Endpoint) -> Sizes:
    mtu = _mtu(scene, site, vpc)
    with _deaf_to_icmp(site), _deaf_to_icmp(vpc):
        tcp_bytes = min(transfer(site, vpc), transfer(vpc, site))
    return Sizes(mtu=mtu, tcp_bytes=tcp_bytes)


def _mtu(scene: Scene, site: Endpoint, vpc: Endpoint) -> int:
    book = FlowBook()
    ends = ([Place(name=end.hop, hop=end.hop, endpoints=(end,))] for end in (site, vpc))
    found = paths.path_flows(book, *ends)
    traffic = Traffic(receivers=Receivers(book.flows), look=lambda: None)
    try:
        paths.send(found, traffic, scene.usable_mtu)
        return min(paths.measure_mtus(found, traffic, scene.usable_mtu).values())
    finally:
        traffic.close()


@contextmanager
def _deaf_to_icmp(end: Endpoint) -> Iterator[None]:
    """Whoever sends too much is not told: only the MSS in the handshake keeps segments small enough."""
    cut = Cut(name="drill-icmp", netns=end.netns, matches=("ip protocol icmp",), hook="input")
    cuts.apply(cut)
    try:
        yield
    finally:
        cuts.remove(cut)


def transfer(source: Endpoint, target: Endpoint, size_bytes: int = TCP_BYTES) -> int:
    """How many bytes of a TCP stream arrive."""
    with inside(target.netns):
        listener = socket.create_server((target.address, TCP_PORT))
    with inside(source.netns):
        client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with listener, client:
        for each in (listener, client):
            each.settimeout(TCP_WITHIN_S)
        client.bind((source.address, 0))
        sending = threading.Thread(target=_send, args=(client, (target.address, TCP_PORT), size_bytes), daemon=True)
        sending.start()
        received = _receive(listener)
        sending.join(TCP_WITHIN_S)
    return received


def _send(client: socket.socket, target: tuple[str, int], size_bytes: int) -> None:
    with suppress(OSError):  # what did not arrive is the result
        client.connect(target)
        client.sendall(bytes(size_bytes))
        client.shutdown(socket.SHUT_WR)


def _receive(listener: socket.socket) -> int:
    received = 0
    with suppress(OSError):
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(TCP_WITHIN_S)
            while data := connection.recv(CHUNK_BYTES):
                received += len(data)
    return received

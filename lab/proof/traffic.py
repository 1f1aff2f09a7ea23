"""Sends the proof's flows and records what arrives: one loop over sockets in every endpoint's namespace."""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from lab.proof.flows import PROBE_PORT, Endpoint, Flow, Protocol, endpoints_of
from lab.proof.netns import inside

IPV4_UDP_HEADERS_BYTES = 28
IP_MTU_DISCOVER = 10
IP_PMTUDISC_PROBE = 3
"""Sets DF and sends the size that was asked for, whatever the kernel learned of the path."""
BURST = 24
"""Packets between two looks at what arrived: a user-space tunnel must not drown."""
TCP_MESSAGE = b"flets-to-vpc proof " * 256
"""Several full segments each way, so that a wrong MSS shows."""


class Receivers:
    """UDP and TCP listeners of every endpoint: what arrives is booked to its flow, TCP is echoed."""

    def __init__(self, flows: Sequence[Flow]) -> None:
        self._flows = {flow.source_port: flow for flow in flows}
        self._selector = selectors.DefaultSelector()
        self._open: set[socket.socket] = set()
        for endpoint in endpoints_of(flows):
            self._listen(endpoint)

    def _listen(self, endpoint: Endpoint) -> None:
        with inside(endpoint.netns):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        for listener, ready in ((udp, self._datagrams), (tcp, self._accept)):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((endpoint.address, PROBE_PORT))
            self.watch(listener, ready)
        tcp.listen(512)

    def watch(self, watched: socket.socket, ready: Callable[[socket.socket], None], *, writable: bool = False) -> None:
        """Calls `ready` when the socket has something to read, or takes something where `writable`."""
        watched.setblocking(False)
        self._selector.register(watched, selectors.EVENT_WRITE if writable else selectors.EVENT_READ, ready)
        self._open.add(watched)

    def rewatch(self, watched: socket.socket, ready: Callable[[socket.socket], None]) -> None:
        """From now on calls `ready` when the socket has something to read."""
        self._selector.modify(watched, selectors.EVENT_READ, ready)

    def unwatch(self, watched: socket.socket) -> None:
        """Forgets and closes a socket."""
        self._selector.unregister(watched)
        self._open.discard(watched)
        watched.close()

    def turn(self, timeout_s: float) -> None:
        """Handles what is ready, waiting at most this long for the first."""
        for key, _ in self._selector.select(timeout_s):
            if key.fileobj in self._open:
                key.data(key.fileobj)

    def _datagrams(self, listener: socket.socket) -> None:
        while True:
            try:
                data, (_, port) = listener.recvfrom(65535)
            except BlockingIOError:
                return
            flow = self._flows.get(port)
            if flow and flow.protocol is Protocol.UDP:
                flow.delivered.add(len(data) + IPV4_UDP_HEADERS_BYTES)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # nothing more, or the caller gave up
                return
            self.watch(connection, self._echo)

    def _echo(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
            if data:
                connection.send(data)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.unwatch(connection)

    def close(self) -> None:
        """Closes every socket."""
        for watched in list(self._open):
            self.unwatch(watched)
        self._selector.close()


@dataclass(kw_only=True)
class Traffic:
    """A proof's flows on their way."""

    receivers: Receivers
    look: Callable[[], None]
    """Called between bursts, so that captures do not overflow."""
    _senders: dict[int, socket.socket] = field(default_factory=dict)

    def send_udp(self, flows: Iterable[Flow], size_bytes: int) -> None:
        """One unfragmentable IPv4 packet of exactly this size on each flow; what its own host refuses is not sent."""
        for count, flow in enumerate(flows, start=1):
            try:
                payload, target = bytes(size_bytes - IPV4_UDP_HEADERS_BYTES), (flow.target.address, PROBE_PORT)
                self._sender(flow).sendto(payload, target)
            except OSError as fault:
                # refused sizes, and what a router says of earlier packets, are results: nothing arrives
                if fault.errno not in (
                    errno.EMSGSIZE,
                    errno.EHOSTUNREACH,
                    errno.ENETUNREACH,
                    errno.ECONNREFUSED,
                    errno.EPERM,
                ):
                    raise
            if count % BURST == 0:
                self.turn(0.0)

    def _sender(self, flow: Flow) -> socket.socket:
        if flow.number not in self._senders:
            with inside(flow.source.netns):
                sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sender.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
            sender.bind((flow.source.address, flow.source_port))
            # not connected: what a router says of one packet would make the kernel refuse the next
            self._senders[flow.number] = sender
        return self._senders[flow.number]

    def connect_tcp(self, flows: Iterable[Flow]) -> None:
        """Opens a connection on each flow, sends the message, and books what is echoed."""
        for count, flow in enumerate(flows, start=1):
            with inside(flow.source.netns):
                client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"
            )  # the next proof uses the port again
            client.setblocking(False)
            client.bind((flow.source.address, flow.source_port))
            client.connect_ex((flow.target.address, PROBE_PORT))
            self.receivers.watch(client, _Client(flow, self.receivers).connected, writable=True)
            if count % BURST == 0:
                self.turn(0.0)

    def turn(self, timeout_s: float) -> None:
        """Lets packets arrive."""
        self.receivers.turn(timeout_s)
        self.look()

    def wait(self, done: Callable[[], bool], within_s: float) -> bool:
        """Lets packets arrive until all is done; False when time is up first."""
        deadline = time.monotonic() + within_s
        while not done():
            if time.monotonic() > deadline:
                return False
            self.turn(0.02)
        return True

    def close(self) -> None:
        """Closes the senders and the receivers."""
        for sender in self._senders.values():
            sender.close()
        self.receivers.close()


class _Client:
    """The calling side of one TCP flow."""

    def __init__(self, flow: Flow, receivers: Receivers) -> None:
        self._flow, self._receivers, self._received = flow, receivers, 0

    def connected(self, client: socket.socket) -> None:
        """Called when the connection stands or was refused."""
        try:
            client.send(TCP_MESSAGE)
        except OSError:  # refused, unreachable, or nobody answered
            self._receivers.unwatch(client)
            return
        self._receivers.rewatch(client, self.echoed)

    def echoed(self, client: socket.socket) -> None:
        """Called when something of the echo is there."""
        try:
            data = client.recv(65536)
        except OSError:
            data = b""
        self._received += len(data)
        if self._received >= len(TCP_MESSAGE):
            self._flow.delivered.add(self._received)
        if not data or self._received >= len(TCP_MESSAGE):
            self._receivers.unwatch(client)

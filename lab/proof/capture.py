"""Sees the proof's packets at every hop: packet sockets on all interfaces of the namespaces that carry them.

Only what the kernel hands to an interface or takes from one is seen, so a hop in a report was passed by a packet.
A tunnelled packet is seen where it is in the clear: on the tunnel's device.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lab.proof.flows import FIRST_SOURCE_PORT, PROBE_PORT, Protocol
from lab.proof.netns import inside

ETH_P_ALL = 0x0003
"""The only protocol whose taps see outgoing packets too."""
PACKET_OUTGOING = 4
SO_ATTACH_FILTER = 26
SO_RCVBUFFORCE = 33
RECEIVE_BUFFER_BYTES = 8 << 20
HEADERS_BYTES = 64
STRANGER_FLOW = -1
"""Packets of the stranger have no flow; they are told apart by protocol and target port."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Packets of one kind at one interface."""

    netns: str
    interface: str
    outgoing: bool
    flow: int
    """Number of the flow, or STRANGER_FLOW."""
    reply: bool
    """Whether they run against their flow's direction."""
    protocol: int
    port: int
    """Target port; 0 where the protocol has none."""
    size_bytes: int
    """IPv4 packet; 0 for TCP, whose sizes are the kernel's choice."""
    target: str = ""
    """Of a stranger's packet: the address it was sent to."""


class Capture:
    """Open packet sockets in a set of namespaces, and how often each kind of packet was seen."""

    def __init__(self, namespaces: Iterable[str], stranger: str) -> None:
        self.seen: Counter[Sighting] = Counter()
        self._stranger = socket.inet_aton(stranger)
        self._taps = {netns: _tap(netns, self._stranger) for netns in sorted(set(namespaces))}

    def drain(self) -> None:
        """Takes in what was seen since the last call."""
        for netns, tap in self._taps.items():
            while True:
                try:
                    packet, (interface, _, kind, *_) = tap.recvfrom(HEADERS_BYTES)
                except BlockingIOError:
                    break
                except OSError:  # an interface went down, or went away before its name was asked
                    continue
                sighting = self._sighting(netns, interface, kind == PACKET_OUTGOING, packet)
                if sighting:
                    self.seen[sighting] += 1

    def _sighting(self, netns: str, interface: str, outgoing: bool, packet: bytes) -> Sighting | None:
        if len(packet) < 20 or packet[0] >> 4 != 4:
            return None
        protocol, size = packet[9], int.from_bytes(packet[2:4])
        has_ports = protocol in (Protocol.TCP.value, Protocol.UDP.value)
        at = (packet[0] & 0x0F) * 4
        source, target = (
            (int.from_bytes(packet[at : at + 2]), int.from_bytes(packet[at + 2 : at + 4])) if has_ports else (0, 0)
        )
        if packet[12:16] == self._stranger:
            address = socket.inet_ntoa(packet[16:20])
            return Sighting(netns, interface, outgoing, STRANGER_FLOW, False, protocol, target, 0, address)
        if PROBE_PORT not in (source, target):
            return None
        reply = source == PROBE_PORT
        number = (target if reply else source) - FIRST_SOURCE_PORT
        return Sighting(
            netns, interface, outgoing, number, reply, protocol, target, 0 if protocol == Protocol.TCP.value else size
        )

    def close(self) -> None:
        """Closes every socket."""
        for tap in self._taps.values():
            tap.close()


def _tap(netns: str, stranger: bytes) -> socket.socket:
    """A socket that sees every interface of a namespace, the proof's packets only."""
    program = _filter(int.from_bytes(stranger))
    memory = ctypes.create_string_buffer(program)
    with inside(netns):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    tap.setblocking(False)
    tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program) // 8, ctypes.addressof(memory)))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)
    return tap


def _filter(stranger: int) -> bytes:
    """Classic BPF over the IPv4 header: from the stranger, or TCP or UDP with the probe port on either side."""
    load_byte, load_half, load_word, load_half_behind, load_header = 0x30, 0x28, 0x20, 0x48, 0xB1
    mask, equal, any_bit, leave = 0x54, 0x15, 0x45, 0x06
    steps = (
        (load_byte, 0, 0, 0), (mask, 0, 0, 0xF0), (equal, 0, 13, 0x40),
        (load_word, 0, 0, 12), (equal, 10, 0, stranger),
        (load_byte, 0, 0, 9), (equal, 1, 0, Protocol.TCP.value), (equal, 0, 8, Protocol.UDP.value),
        (load_half, 0, 0, 6), (any_bit, 6, 0, 0x1FFF),
        (load_header, 0, 0, 0),
        (load_half_behind, 0, 0, 0), (equal, 2, 0, PROBE_PORT),
        (load_half_behind, 0, 0, 2), (equal, 0, 1, PROBE_PORT),
        (leave, 0, 0, HEADERS_BYTES), (leave, 0, 0, 0),
    )  # fmt: skip
    return b"".join(struct.pack("HBBI", *step) for step in steps)

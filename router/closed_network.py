"""Whether a Sakura router is heard on the closed network: ARP (RFC 826) to the gateway there and to the sibling."""

from __future__ import annotations

import socket
import struct
from ipaddress import IPv4Address

from router import packet_filter
from router.agent_file import ClosedNetwork
from router.hearing import Hearing

ETH_P_ARP = 0x0806
BROADCAST = b"\xff" * 6
SENDER_MAC = slice(22, 28)
SENDER_ADDRESS = slice(28, 32)
"""In an Ethernet frame that holds ARP."""


class ClosedNetworkProbe:
    """Asks and listens; never waits. One voice is enough: the other's silence is the other's fault."""

    def __init__(self, network: ClosedNetwork, limit_s: float, now_s: float) -> None:
        self._network = network
        self._hearing = Hearing(limit_s, now_s)
        self._own = IPv4Address(network.address).packed
        self._expected = {IPv4Address(address).packed for address in (network.gateway, network.sibling)}
        self._macs: dict[bytes, bytes] = {}
        self._tap: socket.socket | None = None

    def ask(self, now_s: float) -> None:
        """Sends one question to each; what cannot be sent is not heard either.

        To its own MAC while it answers (RFC 1122 2.3.2.1): not ten broadcasts a second for every host to read.
        """
        if self.is_silent(now_s):
            self._macs.clear()
        for target in self._expected:
            try:
                tap = self._opened()
                tap.send(who_has(target, self._own, tap.getsockname()[4], self._macs.get(target, BROADCAST)))
            except OSError:
                self._close()

    def listen(self, now_s: float) -> None:
        """Takes in what was said."""
        while True:
            try:
                frame, address = self._opened().recvfrom(256)
            except BlockingIOError:
                return
            except OSError:
                self._close()
                return
            if address[2] != socket.PACKET_OUTGOING and frame[SENDER_ADDRESS] in self._expected:
                self._hearing.hear(now_s)
                self._macs[frame[SENDER_ADDRESS]] = frame[SENDER_MAC]

    def assume(self, now_s: float) -> None:
        """An earlier run of the agent heard it: as if it were heard now."""
        self._hearing.hear(now_s)

    def forgive(self, late_s: float) -> None:
        """The agent itself was away for so long."""
        self._hearing.forgive(late_s)

    def is_silent(self, now_s: float) -> bool:
        """Neither is heard."""
        return self._hearing.is_silent(now_s)

    def is_well(self, now_s: float) -> bool:
        """One of them is, and has been for long enough."""
        return self._hearing.is_well(now_s)

    def is_out_silent(self, now_s: float) -> bool:
        """The same: a question that does not arrive has no answer."""
        return self.is_silent(now_s)

    def is_out_well(self, now_s: float) -> bool:
        """Likewise."""
        return self.is_well(now_s)

    def next_silence_s(self, now_s: float) -> float:
        """When both will be silent, unless one is heard; infinite when they are."""
        return float("inf") if self.is_silent(now_s) else self._hearing.silent_at_s

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Readable when something was said."""
        return () if self._tap is None else (self._tap,)

    @property
    def ever(self) -> bool:
        """One of them was."""
        return self._hearing.ever

    def _opened(self) -> socket.socket:
        """Opened anew whenever the device was away."""
        if self._tap is None:
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            try:
                tap.setblocking(False)
                packet_filter.attach(tap, (SENDER_ADDRESS.start, (self._network.gateway, self._network.sibling)))
                tap.bind((self._network.device, ETH_P_ARP))
            except OSError:
                tap.close()
                raise
            self._tap = tap
        return self._tap

    def _close(self) -> None:
        if self._tap is not None:
            self._tap.close()
            self._tap = None


def who_has(target: bytes, own: bytes, mac: bytes, to: bytes) -> bytes:
    """An Ethernet frame with an ARP request; addresses of 4 bytes, MACs of 6."""
    ethernet = to + mac + struct.pack("!H", ETH_P_ARP)
    return ethernet + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + mac + own + b"\0" * 6 + target

"""The probe of an AWS router's gateway leg: both halves of a round trip, each a packet to this router itself.

    out:   loopback -> private address   by GRE to the gateway, and back by the router VPC's attachment
    back:  private address -> loopback   by the router VPC's attachment to the gateway, and back by GRE

No other router takes part, so a dead sibling never looks like a dead leg.
The kernel drops both on arrival, for their source is its own address (RFC 1812 5.3.7); the taps see them before.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from ipaddress import IPv4Address
from pathlib import Path

from router import packet_filter
from router.agent_file import AgentFile, GatewayLeg
from router.hearing import Hearing

INTERNET = "internet"
ETH_P_IP = 0x0800
ICMP_ECHO_REQUEST = 8
TOS_INTERNETWORK_CONTROL = 0xC0
MAC_FOR_S = 1.0
SOURCE, DESTINATION = 12, 16
"""Offsets of the addresses in an IPv4 packet."""


class GatewayProbe:
    """Asks and listens; never waits."""

    def __init__(self, agent: AgentFile, gateway: GatewayLeg, limit_s: float, now_s: float) -> None:
        self._gateway = gateway
        self._loopback = agent.loopback
        self._out, self._back = Hearing(limit_s, now_s), Hearing(limit_s, now_s)
        private = gateway.private_address
        self._out_probe, self._back_probe = echo_request(self._loopback, private), echo_request(private, self._loopback)
        self._taps: dict[str, socket.socket] = {}
        self._mac: bytes | None = None
        self._mac_until_s = now_s

    def ask(self, now_s: float) -> None:
        """Sends one probe each way; what cannot be sent is not heard either."""
        self._send(self._gateway.device, self._out_probe, b"")
        mac = self._router_mac(now_s)
        if mac is not None:
            self._send(INTERNET, self._back_probe, mac)

    def listen(self, now_s: float) -> None:
        """Takes in what came back."""
        for device, hearing in ((INTERNET, self._out), (self._gateway.device, self._back)):
            if any([*self._arrivals(device)]):  # all of them: what is left would be heard later than it came
                hearing.hear(now_s)

    def assume(self, now_s: float) -> None:
        """An earlier run of the agent heard it: as if it were heard now."""
        self._out.hear(now_s)
        self._back.hear(now_s)

    def forgive(self, late_s: float) -> None:
        """The agent itself was away for so long."""
        self._out.forgive(late_s)
        self._back.forgive(late_s)

    def is_silent(self, now_s: float) -> bool:
        """One of the two ways is."""
        return self._out.is_silent(now_s) or self._back.is_silent(now_s)

    def is_well(self, now_s: float) -> bool:
        """Both ways are."""
        return self._out.is_well(now_s) and self._back.is_well(now_s)

    def is_out_silent(self, now_s: float) -> bool:
        """What goes to the gateway does not arrive."""
        return self._out.is_silent(now_s)

    def is_out_well(self, now_s: float) -> bool:
        """It arrives, and has done so for long enough."""
        return self._out.is_well(now_s)

    def next_silence_s(self, now_s: float) -> float:
        """When a way that is heard will be silent, unless it is heard again; infinite when none is heard."""
        ways = (self._out, self._back)
        return min((way.silent_at_s for way in ways if not way.is_silent(now_s)), default=float("inf"))

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Readable when something came back."""
        return tuple(self._taps.values())

    @property
    def ever(self) -> bool:
        """Both ways have worked."""
        return self._out.ever and self._back.ever

    def _router_mac(self, now_s: float) -> bytes | None:
        """Looked up now and then, and each time while nothing comes back."""
        if self._mac is None or now_s >= self._mac_until_s or self._back.is_silent(now_s):
            self._mac, self._mac_until_s = default_gateway_mac(), now_s + MAC_FOR_S
        return self._mac

    def _send(self, device: str, packet: bytes, mac: bytes) -> None:
        try:
            self._tap(device).sendto(packet, (device, ETH_P_IP, 0, 0, mac))
        except OSError:
            self._close(device)

    def _arrivals(self, device: str) -> Iterable[bool]:
        while True:
            try:
                _, address = self._tap(device).recvfrom(256)
            except BlockingIOError:
                return
            except OSError:
                self._close(device)
                return
            yield address[2] != socket.PACKET_OUTGOING

    def _tap(self, device: str) -> socket.socket:
        """Opened anew whenever the device was away."""
        if device not in self._taps:
            private = self._gateway.private_address
            source, destination = (self._loopback, private) if device == INTERNET else (private, self._loopback)
            tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
            try:
                tap.setblocking(False)
                packet_filter.attach(tap, (SOURCE, (source,)), (DESTINATION, (destination,)))
                tap.bind((device, ETH_P_IP))
            except OSError:
                tap.close()
                raise
            self._taps[device] = tap
        return self._taps[device]

    def _close(self, device: str) -> None:
        tap = self._taps.pop(device, None)
        if tap is not None:
            tap.close()


def echo_request(source: str, destination: str) -> bytes:
    """An IPv4 packet with an ICMP echo request (RFC 792)."""
    icmp = struct.pack("!BBHHH", ICMP_ECHO_REQUEST, 0, 0, 0, 0)
    icmp = icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]
    addresses = IPv4Address(source).packed + IPv4Address(destination).packed
    length, protocol = 20 + len(icmp), socket.IPPROTO_ICMP
    header = struct.pack("!BBHHHBBH", 0x45, TOS_INTERNETWORK_CONTROL, length, 0, 0, 64, protocol, 0) + addresses
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + icmp


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071) of an even number of bytes."""
    words: tuple[int, ...] = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def default_gateway_mac(proc_net: Path = Path("/proc/net")) -> bytes | None:
    """Of the router VPC's router, as the kernel last saw it; None while it is not known."""
    routes = [line.split() for line in (proc_net / "route").read_text().splitlines()[1:]]
    gateways = {_address(route[2]) for route in routes if route[0] == INTERNET and route[1] == "00000000"}
    for line in (proc_net / "arp").read_text().splitlines()[1:]:
        address, _, flags, mac, _, device = line.split()
        if device == INTERNET and address in gateways and int(flags, 16):
            return bytes.fromhex(mac.replace(":", ""))
    return None


def _address(little_endian_hex: str) -> str:
    return str(IPv4Address(int.from_bytes(bytes.fromhex(little_endian_hex), "little")))

"""IPv4 packets by hand, for what a router's firewall lets through."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

ICMP, TCP, UDP, GRE, VRRP = 1, 6, 17, 47, 112
SYN, RST, ACK = 0x02, 0x04, 0x10


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A packet that left the router."""

    interface: str
    source: IPv4Address
    destination: IPv4Address
    protocol: int
    payload: bytes

    @property
    def mss(self) -> int:
        """The MSS option of a SYN made by `syn`, in bytes."""
        return int(struct.unpack("!H", self.payload[22:24])[0])


def parse(interface: str, packet: bytes) -> Seen:
    header = (packet[0] & 15) * 4
    return Seen(
        interface=interface,
        source=IPv4Address(packet[12:16]),
        destination=IPv4Address(packet[16:20]),
        protocol=packet[9],
        payload=packet[header:],
    )


def ip(source: str, destination: str, protocol: int, payload: bytes = b"", *, fragment: int = 0) -> bytes:
    """An IPv4 packet; `fragment` is the field of flags and offset."""
    addresses = IPv4Address(source).packed + IPv4Address(destination).packed
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 7, fragment, 64, protocol, 0) + addresses
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + payload


def udp(source: str, destination: str, port: int, *, source_port: int = 50000) -> bytes:
    return ip(source, destination, UDP, struct.pack("!HHHH", source_port, port, 8 + 4, 0) + b"data")


def tcp(
    source: str, destination: str, port: int, *, source_port: int = 50000, flags: int = SYN, mss_bytes: int = 1460
) -> bytes:
    """A TCP packet with an MSS option."""
    options = struct.pack("!BBH", 2, 4, mss_bytes)
    segment = struct.pack("!HHIIBBHHH", source_port, port, 1, 1, 6 << 4, flags, 65535, 0, 0) + options
    pseudo = IPv4Address(source).packed + IPv4Address(destination).packed + struct.pack("!BBH", 0, TCP, len(segment))
    checked = segment[:16] + struct.pack("!H", _checksum(pseudo + segment)) + segment[18:]
    return ip(source, destination, TCP, checked)


def echo_request(source: str, destination: str) -> bytes:
    return ip(source, destination, ICMP, _icmp(8, 0, b"probe..."))


def _icmp(kind: int, code: int, data: bytes) -> bytes:
    message = struct.pack("!BBHI", kind, code, 0, 0) + data
    return message[:2] + struct.pack("!H", _checksum(message)) + message[4:]


def _checksum(data: bytes) -> int:
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

"""GRE in user space for kernels without it: `gre.py DEVICE LOCAL REMOTE ADDRESS[,ADDRESS] MTU`.

Keyless GRE over IPv4 (RFC 2784, no checksum) between a TUN device and a raw socket, until the device goes.
Standard library only: it also runs on nodes.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000
_HEADER = struct.pack("!HH", 0, 0x0800)
_LARGEST_PACKET = 65535
_BURST = 64
"""Packets read from one side before the other one gets its turn."""
_BUFFER_BYTES = 4 * 1024 * 1024
_NO_ROOM = {errno.EAGAIN, errno.ENOBUFS, errno.EMSGSIZE}
_NO_WAY = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EPERM}
_FAR_END_COMPLAINS = {errno.ECONNREFUSED, errno.ENOPROTOOPT}
_ILL_FORMED_OR_DOWN = {errno.EINVAL, errno.EIO}
_LOSSES = _NO_ROOM | _NO_WAY | _FAR_END_COMPLAINS | _ILL_FORMED_OR_DOWN
"""Errors of one packet: it is lost, as on any link."""


def open_tun(device: str, addresses: list[str], mtu: int) -> int:
    """The device's file descriptor; the device is up and has its addresses."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", device.encode(), _IFF_TUN | _IFF_NO_PI))
    lines = [f"link set {device} mtu {mtu} up", *(f"address replace {address} dev {device}" for address in addresses)]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
    return tun


def open_socket(local: str, remote: str) -> socket.socket:
    """A raw socket that hears the far end only."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_GRE)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        raw.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
    raw.bind((local, 0))
    raw.connect((remote, 0))
    raw.setblocking(False)
    return raw


def inner(packet: bytes) -> bytes | None:
    """The IPv4 packet inside a GRE packet; None for GRE with a key, a checksum or another protocol."""
    start = (packet[0] & 0x0F) * 4
    return packet[start + 4 :] if packet[start : start + 4] == _HEADER else None


@contextlib.contextmanager
def _losing_packets() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _LOSSES:
            raise


def _outwards(tun: int, raw: socket.socket) -> None:
    for _ in range(_BURST):
        packet = os.read(tun, _LARGEST_PACKET)
        if packet[0] >> 4 == 4:
            with _losing_packets():
                raw.send(_HEADER + packet)


def _inwards(tun: int, raw: socket.socket) -> None:
    for _ in range(_BURST):
        packet = inner(raw.recv(_LARGEST_PACKET))
        if packet:
            with _losing_packets():
                os.write(tun, packet)


def main(argv: list[str]) -> None:
    """Carries packets both ways, for ever."""
    device, local, remote, addresses, mtu = argv
    tun, raw = open_tun(device, addresses.split(","), int(mtu)), open_socket(local, remote)
    ready = select.poll()
    ready.register(tun, select.POLLIN)
    ready.register(raw, select.POLLIN)
    while True:
        for descriptor, _ in ready.poll():
            with _losing_packets():
                (_outwards if descriptor == tun else _inwards)(tun, raw)


if __name__ == "__main__":
    main(sys.argv[1:])

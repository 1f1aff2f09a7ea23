"""The kernel's routes, read without asking zebra: what forwards is what counts."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network
from pathlib import Path

PROC_NET_ROUTE = Path("/proc/net/route")
FLAG_UP = 0x1
FLAG_REJECT = 0x200


def reached_over(devices: Collection[str], path: Path = PROC_NET_ROUTE) -> tuple[IPv4Network, ...]:
    """Destinations whose route leaves by one of the devices; of equal routes the first one's device counts."""
    found = []
    for line in path.read_text().splitlines()[1:]:
        device, destination, _, flags, _, _, _, mask = line.split()[:8]
        if device in devices and int(flags, 16) & FLAG_UP and not int(flags, 16) & FLAG_REJECT:
            found.append(IPv4Network((_number(destination), _number(mask).bit_count())))
    return tuple(found)


def _number(little_endian_hex: str) -> int:
    return int.from_bytes(bytes.fromhex(little_endian_hex), "little")

"""Filters in the kernel for packet sockets (bpf(4)): a tap is woken by what it waits for, and by nothing else."""

from __future__ import annotations

import ctypes
import socket
import struct
from ipaddress import IPv4Address

LOAD_WORD, JUMP_IF, GIVE = 0x20, 0x15, 0x06
SO_ATTACH_FILTER = 26
WHOLE = 0xFFFF


def attach(tap: socket.socket, *wanted: tuple[int, tuple[str, ...]]) -> None:
    """Hands over a packet only where each offset in bytes holds one of the IPv4 addresses named with it."""
    program: list[tuple[int, int, int, int]] = []
    for offset, addresses in wanted:
        program.append((LOAD_WORD, 0, 0, offset))
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            # Found: past the other addresses and the refusal.
            program.append((JUMP_IF, others + 1, 0, int(IPv4Address(address))))
        program.append((GIVE, 0, 0, 0))
    program.append((GIVE, 0, 0, WHOLE))
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code)
    tap.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", len(program), ctypes.addressof(buffer)))

"""How long the gateway takes from an update to its forwarding: `gateway_reaction.py SECONDS READY_PATH FROM:TO ...`.

Each route of a kernel table is repeated in another one, so many seconds later; packets follow the later one.
The real gateway's time is not published. Standard library only.
"""

from __future__ import annotations

import select
import socket
import struct
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

_NEW_ROUTE, _DELETE_ROUTE, _GET_ROUTE = 24, 25, 26
_DONE = 3
_ROUTE_CHANGES_IPV4 = 0x40
_REQUEST, _DUMP, _CREATE, _REPLACE = 0x1, 0x300, 0x400, 0x100
_TABLE = 15
_ON_LINK = 0x4
"""The one flag of a route that whoever adds it may state."""
_HEADER = struct.Struct("=IHHII")
"""Length, type, flags, sequence, port of a netlink message (linux/netlink.h)."""
_ROUTE = struct.Struct("=BBBBBBBBI")
"""Family, lengths of both prefixes, tos, table, protocol, scope, type, flags of a route (linux/rtnetlink.h)."""
_ATTRIBUTE = struct.Struct("=HH")
_BUFFER_BYTES = 4 * 1024 * 1024


def messages(datagram: bytes) -> Iterator[bytes]:
    """The netlink messages in what one read brought."""
    start = 0
    while start + _HEADER.size <= len(datagram):
        length = _HEADER.unpack_from(datagram, start)[0]
        yield datagram[start : start + length]
        start += (length + 3) & ~3


def repeated(message: bytes, tables: Mapping[int, int]) -> bytes | None:
    """The message that makes the same change in the other table; None for one that is no change of these tables."""
    _, kind, *_ = _HEADER.unpack_from(message)
    place = _table_place(message) if kind in (_NEW_ROUTE, _DELETE_ROUTE) else None
    if place is None:
        return None
    target = tables.get(struct.unpack_from("=I", message, place)[0])
    if target is None:
        return None
    made = bytearray(message)
    wanted = _REQUEST | _CREATE | _REPLACE if kind == _NEW_ROUTE else _REQUEST
    _HEADER.pack_into(made, 0, len(made), kind, wanted, 0, 0)
    *route, flags = _ROUTE.unpack_from(made, _HEADER.size)
    _ROUTE.pack_into(made, _HEADER.size, *route, flags & _ON_LINK)
    struct.pack_into("=I", made, place, target)
    return bytes(made)


def deletion(message: bytes) -> bytes:
    """The message that deletes the route that this one tells of."""
    made = bytearray(message)
    _HEADER.pack_into(made, 0, len(made), _DELETE_ROUTE, _REQUEST, 0, 0)
    return bytes(made)


def _table_place(message: bytes) -> int | None:
    """Where the number of the table stands; tables below 256 have none there and are the system's."""
    start = _HEADER.size + _ROUTE.size
    while start + _ATTRIBUTE.size <= len(message):
        length, kind = _ATTRIBUTE.unpack_from(message, start)
        if kind == _TABLE:
            return start + _ATTRIBUTE.size
        start += (max(length, _ATTRIBUTE.size) + 3) & ~3
    return None


def _socket(groups: int) -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    opened.bind((0, groups))
    return opened


def _known() -> list[bytes]:
    """A message for every route that the kernel holds now."""
    with _socket(0) as asking:
        asked = _ROUTE.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0)
        asking.send(_HEADER.pack(_HEADER.size + len(asked), _GET_ROUTE, _REQUEST | _DUMP, 1, 0) + asked)
        found: list[bytes] = []
        while True:
            for message in messages(asking.recv(1 << 16)):
                if _HEADER.unpack_from(message)[1] == _DONE:
                    return found
                found.append(message)


def _copy(telling: socket.socket, tables: Mapping[int, int]) -> None:
    """Makes each later table equal to its earlier one."""
    known = _known()
    for message in known:
        if repeated(message, {target: target for target in tables.values()}):
            telling.send(deletion(message))
    for message in known:
        if again := repeated(message, tables):
            telling.send(again)


def main(seconds: float, ready: Path, tables: Mapping[int, int]) -> None:
    """Repeats changes for ever."""
    hearing, telling = _socket(_ROUTE_CHANGES_IPV4), _socket(0)
    _copy(telling, tables)
    ready.touch()
    waiting: deque[tuple[float, bytes]] = deque()
    while True:
        left_s = max(waiting[0][0] - time.monotonic(), 0.0) if waiting else None
        if select.select([hearing], [], [], left_s)[0]:
            due_s = time.monotonic() + seconds
            changes = (repeated(message, tables) for message in messages(hearing.recv(1 << 16)))
            waiting.extend((due_s, change) for change in changes if change)
        while waiting and waiting[0][0] <= time.monotonic():
            telling.send(waiting.popleft()[1])
        with suppress(BlockingIOError):  # complaints: a route that goes with its device is gone already
            telling.recv(1 << 16, socket.MSG_DONTWAIT)


if __name__ == "__main__":
    pairs = (argument.split(":") for argument in sys.argv[3:])
    main(float(sys.argv[1]), Path(sys.argv[2]), {int(one): int(other) for one, other in pairs})

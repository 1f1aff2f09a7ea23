"""Writes down each change of an IPv4 route in some namespaces, as the kernel tells of it, until it is ended.

`python -m lab.drills.probes.changes FILE NAMESPACE ...`
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from lab.drills.probes.record import CHANGE
from lab.proof.netns import inside

ROUTE_CHANGES_IPV4 = 0x40
"""The multicast group (linux/rtnetlink.h, RTMGRP_IPV4_ROUTE)."""
BUFFER_BYTES = 4 * 1024 * 1024


def main(file: Path, namespaces: list[str]) -> None:
    """The file is there once all namespaces are listened to. What a message says is for the reader to find out."""
    places = {_listen(netns): place for place, netns in enumerate(namespaces)}
    written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    while True:
        for heard in select.select([*places], [], [])[0]:
            with suppress(OSError):  # more came at once than the buffer holds
                datagram = heard.recv(1 << 16)
                os.write(written, CHANGE.pack(time.monotonic_ns(), places[heard], len(datagram)) + datagram)


def _listen(netns: str) -> socket.socket:
    with inside(netns):
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    opened.bind((0, ROUTE_CHANGES_IPV4))
    return opened


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

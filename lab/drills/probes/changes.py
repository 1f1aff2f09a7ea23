"""Writes down each change of an IPv4 route in some namespaces, as the kernel tells of it, until it is ended.

`python -m lab.drills.probes.changes FILE NAMESPACE ... --bfd SOCKET ...`, and each change of a BFD session of which
the bfdd behind one of these sockets tells.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from lab.drills.probes.record import CHANGE
from lab.proof.netns import inside

ROUTE_CHANGES_IPV4 = 0x40
"""The multicast group (linux/rtnetlink.h, RTMGRP_IPV4_ROUTE)."""
BUFFER_BYTES = 4 * 1024 * 1024
BFD = "--bfd"
SUBSCRIPTION = struct.pack("!IHBB", 8, 1, 4, 1) + struct.pack("=Q", 1)
"""To the states of peers (FRR, bfdd/bfdctl.h): a header in network order, the flags in the machine's own."""


def main(file: Path, namespaces: list[str], sockets: list[str]) -> None:
    """The file is there once all are listened to. What a message says is for the reader to find out."""
    heard_of = [*map(_listen, namespaces), *map(_subscribe, sockets)]
    places = {heard: place for place, heard in enumerate(heard_of) if heard is not None}
    written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    while True:
        for heard in select.select([*places], [], [])[0]:
            with suppress(OSError):  # more came at once than the buffer holds
                told = heard.recv(1 << 16)
                if told:
                    os.write(written, CHANGE.pack(time.monotonic_ns(), places[heard], len(told)) + told)
                else:
                    del places[heard]  # a bfdd has ended


def _listen(netns: str) -> socket.socket:
    with inside(netns):
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    opened.bind((0, ROUTE_CHANGES_IPV4))
    return opened


def _subscribe(path: str) -> socket.socket | None:
    """Nothing where no bfdd runs."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.connect(path)
        opened.sendall(SUBSCRIPTION)
    except OSError:
        opened.close()
        return None
    return opened


if __name__ == "__main__":
    split = sys.argv.index(BFD)
    main(Path(sys.argv[1]), sys.argv[2:split], sys.argv[split + 1 :])

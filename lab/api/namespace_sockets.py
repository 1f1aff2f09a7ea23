"""Listening sockets in other network namespaces: a socket stays where it was made, whoever serves it."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from ipaddress import IPv4Address
from pathlib import Path

NAMESPACES = Path("/run/netns")
BACKLOG = 64
_CLONE_NEWNET = 0x40000000


def listen(netns: str, address: IPv4Address, port: int) -> socket.socket:
    """A TCP socket that listens in a named namespace. Raises OSError naming the namespace when it cannot."""
    made: list[socket.socket] = []
    faults: list[OSError] = []

    def in_namespace() -> None:
        # A namespace belongs to a thread: this one is used once and ends.
        try:
            _enter(netns)
            made.append(_listening(address, port))
        except OSError as fault:
            faults.append(OSError(fault.errno, f"{address}:{port} in namespace {netns}: {fault.strerror}"))

    thread = threading.Thread(target=in_namespace)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return made[0]


def _enter(netns: str) -> None:
    handle = os.open(NAMESPACES / netns, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).setns(handle, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(handle)


def _listening(address: IPv4Address, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((str(address), port))
        made.listen(BACKLOG)
    except OSError:
        made.close()
        raise
    return made

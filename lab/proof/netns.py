"""Opens sockets inside the lab's named network namespaces.

A socket stays in the namespace it was opened in, so one process sends, receives and watches everywhere.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMED = Path("/run/netns")

CLONE_NEWNET = 0x40000000

_LIBC = ctypes.CDLL(None, use_errno=True)


@contextmanager
def inside(netns: str) -> Iterator[None]:
    """The calling thread is in the named namespace meanwhile. Raises OSError when there is none of that name."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        target = os.open(NAMED / netns, os.O_RDONLY)
        try:
            _set(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            _set(home)
    finally:
        os.close(home)


def _set(fd: int) -> None:
    if _LIBC.setns(fd, CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")

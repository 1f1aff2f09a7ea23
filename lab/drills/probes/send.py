"""Sends numbered probes at an even pace until SIGTERM, then writes when each one left.

`python -m lab.drills.probes.send SOURCE TARGET FILE`
"""

from __future__ import annotations

import gc
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from lab.drills.probes.record import FIRST_SOURCE_PORT, FLOWS, PER_SECOND, PORT, PROBE, flow_of, write_sent

PAUSE_NS = 10**9 // PER_SECOND


def main(source: str, target: str, file: Path) -> None:
    """A probe that its own host refuses to send has a number all the same, and is lost."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
    sockets = [_socket(source, FIRST_SOURCE_PORT + flow) for flow in range(FLOWS)]
    gc.disable()
    stamps: list[int] = []
    due_ns = time.monotonic_ns()
    while not told:
        now_ns = time.monotonic_ns()
        if now_ns < due_ns:
            time.sleep((due_ns - now_ns) / 1e9)
        number = len(stamps)
        stamps.append(time.monotonic_ns())
        with suppress(OSError):
            sockets[flow_of(number)].sendto(PROBE.pack(number), (target, PORT))
        due_ns += PAUSE_NS
    write_sent(file, stamps)


def _socket(source: str, port: int) -> socket.socket:
    """Not connected: what a router says of one probe would make the kernel refuse the next."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((source, port))
    return opened


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))

"""Writes down each probe that comes, as it comes, until SIGTERM.

`python -m lab.drills.probes.receive ADDRESS FILE`
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from pathlib import Path

from lab.drills.probes.record import ARRIVAL, PORT, PROBE

BUFFER_BYTES = 8 * 1024 * 1024


def main(address: str, file: Path) -> None:
    """The file is there once the receiver listens."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    listener.bind((address, PORT))
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    gc.disable()
    written = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    while True:
        probe = listener.recv(64)
        stamp_ns = time.monotonic_ns()
        if len(probe) == PROBE.size:
            os.write(written, ARRIVAL.pack(stamp_ns, *PROBE.unpack(probe)))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

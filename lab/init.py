"""Process 1 of a lab: starts the worker, reaps what others leave behind, and ends with the worker.

`python -m lab.init NAME EVENTS_FD`
It stays apart from the worker, whose own children must not be reaped under its feet.
"""

from __future__ import annotations

import os
import sys


def main(name: str, events_fd: int) -> int:
    """Exit status of the worker; the kernel then ends every process of the lab."""
    worker = os.fork()
    if worker == 0:
        from lab.supervisor.worker import work  # only the worker pays for what it imports

        os._exit(work(name, events_fd))
    os.close(events_fd)
    while True:
        pid, status = os.wait()
        if pid == worker:
            return os.waitstatus_to_exitcode(status) & 0xFF


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

"""The lab's only process outside its namespaces: it waits for the lab's end and removes the control group.

`python -m lab.supervisor.keeper NAME EVENTS_FD`
The kernel ends everything inside: the lab is killed with this process, and its namespaces go with its first process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys

from lab.supervisor.folder import LabFolder

PR_SET_PDEATHSIG = 1

OUTER_NAMESPACES = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--")


def keep(name: str, events_fd: int) -> int:
    """Starts the lab's first process in its outer namespaces, waits, and leaves nothing of it."""
    folder = LabFolder(name)
    libc = ctypes.CDLL(None, use_errno=True)

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        folder.cgroup.enter()

    folder.cgroup.create()
    try:
        inner = [sys.executable, "-m", "lab.init", name, str(events_fd)]
        lab = subprocess.Popen(
            [*OUTER_NAMESPACES, *inner], cwd=folder.checkout, pass_fds=[events_fd], preexec_fn=before_exec
        )
        os.close(events_fd)  # the command line sees the end of the lab as the end of the pipe
        return lab.wait()
    finally:
        folder.cgroup.end()
        folder.cgroup.remove()
        (folder / "control.sock").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1], int(sys.argv[2])))

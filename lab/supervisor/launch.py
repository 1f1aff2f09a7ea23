"""Starts and ends labs from the host's side."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabFault
from lab.supervisor.events import Event, read_events
from lab.supervisor.folder import LabFolder


@contextmanager
def only_one(folder: LabFolder) -> Iterator[None]:
    """Holds a lab's name while it is being started or ended. Raises LabFault when somebody else does."""
    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabFault(
                f"lab {folder.name}: another command is starting or ending it; wait for it, or choose another NAME"
            ) from None
        yield


def is_running(folder: LabFolder) -> bool:
    """Whether a process of this lab is alive."""
    return bool(folder.cgroup.pids())


def first_process(folder: LabFolder) -> int:
    """The lab's process 1 as the host numbers it. Raises LabFault when the lab does not run."""
    for pid in sorted(folder.cgroup.pids()):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:  # it ended meanwhile
            continue
        numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
        if len(numbers) >= 2 and numbers[-1] == "1" and _is_init(pid):
            return pid
    raise LabFault(f"lab {folder.name}: does not run; start it with make lab NAME={folder.name}")


def _is_init(pid: int) -> bool:
    """Whether a process is a lab's first and not a router's."""
    return b"lab.init" in Path(f"/proc/{pid}/cmdline").read_bytes()


def end(folder: LabFolder, within_s: float = 15.0, *, keep_incoming: bool = False) -> None:
    """Ends a lab: processes, namespaces, control group. Its reports stay. Raises LabFault when something is left."""
    if not folder.cgroup.end(within_s):
        raise LabFault(f"lab {folder.name}: processes {sorted(folder.cgroup.pids())} do not end")
    folder.cgroup.remove(within_s)
    (folder / "control.sock").unlink(missing_ok=True)
    if not keep_incoming:
        shutil.rmtree(folder.incoming, ignore_errors=True)
    left = [str(path) for path in folder.cgroup.folders if path.exists()]
    if left:
        raise LabFault(f"lab {folder.name}: {', '.join(left)} cannot be removed")


def start(folder: LabFolder) -> Iterator[Event]:
    """Starts the lab, detached from this process's session, and yields its events.

    Until the lab is ready it lives only as long as this reader: closing the iterator, or dying, ends it.
    """
    reader, writer = os.pipe()
    with (folder / "lab.log").open("w") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "lab.supervisor.keeper", folder.name, str(writer)],
            cwd=folder.checkout,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writer],
            start_new_session=True,
        )
    os.close(writer)
    last = ""
    try:
        for event in read_events(reader):
            last = event.stage
            yield event
    finally:
        if last != "ready":
            _wait_for_end(folder, keeper)


def _wait_for_end(folder: LabFolder, keeper: subprocess.Popen[bytes], within_s: float = 15.0) -> None:
    """Returns when nothing of an abandoned lab is left; helps where it does not end by itself."""
    deadline = time.monotonic() + within_s
    while keeper.poll() is None and time.monotonic() < deadline:
        folder.cgroup.end(1.0)
        time.sleep(0.05)
    end(folder)

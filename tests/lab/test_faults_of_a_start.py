"""`make lab` that is interrupted or killed leaves nothing behind, at any stage, and the next one works."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.supervisor.folder import LabFolder
from tests.lab.conftest import ROOT, START_S, RunningLab, lab

pytestmark = pytest.mark.lab

FOLDER = LabFolder("pytest-ends")
GONE_WITHIN_S = 60


@pytest.fixture
def start(running: RunningLab) -> Iterator[subprocess.Popen[str]]:
    """A lab that is being started from what the running one was deployed from, so that only the start is new."""
    FOLDER.path.mkdir(parents=True, exist_ok=True)
    for file in ("store.db", "outputs.json", "world.json"):
        shutil.copy(running.folder / file, FOLDER / file)
    command = [sys.executable, "-m", "lab", "up", "--name", FOLDER.name]
    clouds = ["--clouds", os.fspath(running.folder / "clouds.json")]
    with subprocess.Popen(
        [*command, *clouds], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as up:
        try:
            yield up
        finally:
            up.kill()
            lab("down", "--name", FOLDER.name)
            shutil.rmtree(FOLDER.path)


def wait_for(stage: str, up: subprocess.Popen[str]) -> None:
    assert up.stdout is not None
    for line in up.stdout:
        if line.startswith(stage):
            return
    raise AssertionError(f"the lab never came to {stage}")


def left() -> list[str]:
    """What of the lab is still on this machine: processes, control groups, mounts, links, sockets, drafts of files."""
    named = (b"\0" + FOLDER.name.encode() + b"\0",)
    found = [os.fspath(folder) for folder in FOLDER.cgroup.folders if folder.exists()]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if any(name in command for name in named):
            found.append(command.replace(b"\0", b" ").decode())
    found += [path.name for path in FOLDER.path.iterdir() if path.name.startswith((".", "control.sock", "incoming"))]
    return found


def host() -> set[str]:
    """What the host itself has: network devices, names of network namespaces, mounts."""
    netns = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    return {*os.listdir("/sys/class/net"), *netns, *Path("/proc/mounts").read_text().splitlines()}


@pytest.mark.parametrize(
    ("stage", "how"),
    [("machine", signal.SIGINT), ("boot", signal.SIGKILL), ("converge", signal.SIGINT), ("prove", signal.SIGKILL)],
)
def test_nothing_is_left_of_a_start_that_was_ended(
    start: subprocess.Popen[str], stage: str, how: signal.Signals
) -> None:
    before = host()
    wait_for(stage, start)
    start.send_signal(how)
    _, errors = start.communicate(timeout=START_S)
    deadline = time.monotonic() + GONE_WITHIN_S
    while left() and time.monotonic() < deadline:
        time.sleep(0.1)

    assert start.returncode in (130, -signal.SIGKILL)
    assert how == signal.SIGKILL or errors.strip() == "interrupted: what this command started has ended"
    assert left() == []
    assert host() - before == set()

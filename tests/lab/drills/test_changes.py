"""What routers' bfdds tell is written down as it comes, with the moment and the place."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.drills.probes.changes import BFD, SUBSCRIPTION
from lab.drills.probes.record import read_changes
from tests.router.fake_control import CHANGE, PROMISE, FakeControl

WITHIN_S = 20.0


@pytest.fixture
def bfdd(tmp_path: Path) -> Iterator[FakeControl]:
    bfdd = FakeControl(tmp_path / "bfdd.sock")
    yield bfdd
    bfdd.end()


@pytest.fixture
def file(tmp_path: Path, bfdd: FakeControl) -> Iterator[Path]:
    """What the program writes, that listens to a router without bfdd and to one that has it."""
    file = tmp_path / "changes"
    sockets = [str(tmp_path / name) for name in ("none.sock", "bfdd.sock")]
    with subprocess.Popen([sys.executable, "-m", "lab.drills.probes.changes", str(file), BFD, *sockets]) as program:
        try:
            wait(file.exists)
            yield file
            wait(lambda: is_asleep(program))
        finally:
            program.kill()


def is_asleep(program: subprocess.Popen[bytes]) -> bool:
    """Alive and waiting: at real-time priority one that spins would take the processor from those it listens to."""
    return Path(f"/proc/{program.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def wait(is_so) -> None:
    ends_s = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < ends_s
        time.sleep(0.01)


def test_a_bfdd_is_asked_for_the_states_of_peers_and_each_of_its_words_is_kept(bfdd: FakeControl, file: Path):
    assert bfdd.accept(PROMISE) == SUBSCRIPTION
    wait(lambda: len(list(read_changes(file))) == 1)
    said_ns = time.monotonic_ns()
    bfdd.say(CHANGE)
    wait(lambda: len(list(read_changes(file))) == 2)

    promise, change = read_changes(file)

    assert promise[1:] == (1, PROMISE)
    assert change[1:] == (1, CHANGE)
    assert said_ns < change[0] < time.monotonic_ns()


def test_a_bfdd_that_ends_is_not_listened_to_any_more(bfdd: FakeControl, file: Path):
    bfdd.accept(PROMISE)
    wait(lambda: len(list(read_changes(file))) == 1)

    bfdd.end()
    time.sleep(0.2)

    assert len(list(read_changes(file))) == 1

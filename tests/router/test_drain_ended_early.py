"""A drain that is ended early, and a lock that is given back late, leave nothing half done."""

from __future__ import annotations

import fcntl

import pytest

from router import drain as planned
from router.__main__ import main
from router.drain import drain, undrain
from tests.router.fake_router import FakeRouter


@pytest.mark.parametrize("at", ["_take_lock", "_await_sibling", "_await_drained"])
def test_an_interrupted_drain_leaves_the_router_in_the_path_and_the_lock_to_watch(
    ready: FakeRouter, monkeypatch: pytest.MonkeyPatch, capsys, at: str
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(planned, at, interrupted)

    assert main(["drain"], ready.machine) == 130
    assert "drain: interrupted" in capsys.readouterr().out
    assert not ready.paths.draining_flag.exists()
    assert ready.paths.lock_flag.exists()


def test_undrain_gives_back_what_a_killed_drain_took(ready: FakeRouter) -> None:
    ready.paths.draining_flag.touch()

    undrain(ready.machine)

    assert ready.paths.lock_flag.exists(), "so that `watch` gives the lock back"


def test_a_lock_is_not_taken_from_a_drain_that_has_begun(ready: FakeRouter) -> None:
    drain(ready.machine)

    assert main(["unlock"], ready.machine) == 0
    assert ready.has_lock


def test_who_gives_a_lock_back_waits_for_a_drain_that_goes_on(ready: FakeRouter, monkeypatch) -> None:
    free: list[bool] = []

    def look(*_: object) -> None:
        with open(ready.paths.planned_stop, "w") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                free.append(False)
            else:
                free.append(True)

    monkeypatch.setattr(planned, "_await_sibling", look)
    drain(ready.machine)
    look()

    assert free == [False, True]


def test_a_lock_that_could_not_be_given_back_is_tried_again_at_the_next_ready_moment(
    ready: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["drain"], ready.machine) == 0
    for gone in (ready.paths.lock_flag, ready.paths.draining_flag):  # as after a reboot
        gone.unlink()
    monkeypatch.setattr("router.drain.SIBLING_PATIENCE_S", 0.0)
    ready.aws.away = True

    assert main(["unlock"], ready.machine) == 1
    assert ready.paths.lock_flag.exists()

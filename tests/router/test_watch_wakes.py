"""When `watch` asks and when it sleeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from router import watch
from router.moves import watched
from router.watch import LATE_S, PATIENCE_WITH_FRR_S, SESSIONS_EVERY_S, STATES_EVERY_S, TICK_S
from tests.router.bundle_files import TUNNEL_NEIGHBOR
from tests.router.fake_control import CHANGE, PROMISE, FakeControl
from tests.router.watch_run import Run


@pytest.fixture
def bfdd(run: Run) -> Iterator[FakeControl]:
    """It has promised to tell, and was asked what is so at that moment."""
    bfdd = FakeControl(run.router.paths.frr_run / "bfdd.sock")
    run.tick()
    bfdd.accept(PROMISE)
    run.tick()
    run.router.frr.states_asked = 0
    yield bfdd
    bfdd.end()
    run.watch._events.close()


def test_a_bfdd_that_tells_is_asked_only_now_and_then(run: Run, bfdd: FakeControl) -> None:
    run.ticks(10 * STATES_EVERY_S)

    assert run.router.frr.states_asked == pytest.approx(10, abs=1)


def test_what_bfdd_tells_is_acted_upon_at_once(run: Run, bfdd: FakeControl) -> None:
    run.router.frr.bfd_up.discard(TUNNEL_NEIGHBOR)
    assert run.tick(0.001).sibling_up, "nothing is due"

    bfdd.say(CHANGE)
    assert not run.tick(0.001).sibling_up


def test_what_bfdd_forgets_to_tell_is_found_all_the_same(run: Run, bfdd: FakeControl) -> None:
    run.router.frr.bfd_up.discard(TUNNEL_NEIGHBOR)

    assert not run.ticks(STATES_EVERY_S + TICK_S).sibling_up


def test_a_bfdd_that_ended_is_asked_again_and_again(run: Run, bfdd: FakeControl) -> None:
    bfdd.end()
    run.ticks(10 * TICK_S)

    assert run.router.frr.states_asked == pytest.approx(10, abs=1)


def test_a_bfdd_that_promised_to_tell_and_hangs_is_asked_again_and_again_and_makes_the_router_unready(
    run: Run, bfdd: FakeControl
) -> None:
    run.router.frr.hung.add("bfdd")
    run.ticks(PATIENCE_WITH_FRR_S - TICK_S)
    assert watched(run.router.paths).ready
    assert run.router.frr.states_asked >= (PATIENCE_WITH_FRR_S - STATES_EVERY_S) / TICK_S - 2

    run.ticks(3 * TICK_S)
    assert not watched(run.router.paths).ready


def asleep(run: Run, monkeypatch: pytest.MonkeyPatch) -> tuple[set[object], float]:
    """What it waits for, and for how long at most."""
    waits: list[tuple[set[object], float]] = []
    monkeypatch.setattr(watch.select, "select", lambda readable, *_: waits.append((set(readable), _[-1])))
    run.watch.wait()
    return waits[0]


def test_it_sleeps_until_bfdd_tells_or_a_probe_comes_back_or_something_is_due(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.probe.sockets = ("tap",)
    run.tick()

    sockets, at_most_s = asleep(run, monkeypatch)

    assert sockets == {"tap", *run.watch._events.sockets}
    assert len(sockets) == 2
    assert 0 < at_most_s <= SESSIONS_EVERY_S


def test_it_wakes_when_the_leg_falls_silent(run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch) -> None:
    run.tick(0.01)
    otherwise_s = asleep(run, monkeypatch)[1]
    run.probe.silent_at_s = run.now_s + otherwise_s / 2
    run.tick(0.0)

    assert asleep(run, monkeypatch)[1] == pytest.approx(otherwise_s / 2)


def test_while_the_leg_is_silent_it_sleeps_all_the_same(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.probe.silent, run.probe.silent_at_s = True, run.now_s - 5.0
    sleeps_s = []
    for _ in range(10):
        run.tick()
        sleeps_s.append(asleep(run, monkeypatch)[1])

    assert any(sleeps_s)


def test_while_bfdd_tells_nothing_it_sleeps_no_longer_than_a_tick(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asleep(run, monkeypatch)[1] <= TICK_S


def test_who_sleeps_until_something_is_due_is_not_late(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        run.tick(asleep(run, monkeypatch)[1] + LATE_S / 2)
    assert run.probe.forgiven_s == []

    planned_s = asleep(run, monkeypatch)[1]
    run.tick(planned_s + 2.0)
    assert run.probe.forgiven_s == [pytest.approx(2.0, abs=TICK_S)]

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


def asleep(run: Run, monkeypatch: pytest.MonkeyPatch, *wakes: set[object]) -> list[tuple[set[object], float]]:
    """What it waits for and for how long at most, each time until it is awake; `wakes` come 1 ms after one another."""
    before_s, waits, coming = run.now_s, [], list(wakes)

    def select(readable: tuple[object, ...], _: object, __: object, at_most_s: float) -> tuple[set[object], ...]:
        waits.append((set(readable), at_most_s))
        run.now_s += 0.001 if coming else at_most_s
        return coming.pop(0) if coming else set(), set(), set()

    monkeypatch.setattr(watch.select, "select", select)
    run.watch.wait()
    run.now_s = before_s
    return waits


def at_most_s(run: Run, monkeypatch: pytest.MonkeyPatch) -> float:
    """How long it sleeps when nothing comes."""
    return asleep(run, monkeypatch)[0][1]


def test_it_sleeps_until_bfdd_tells_or_a_probe_comes_back_or_something_is_due(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.probe.sockets = ("tap",)
    run.tick()

    (sockets, sleeps_s), *_ = asleep(run, monkeypatch)

    assert sockets == {"tap", *run.watch._events.sockets}
    assert len(sockets) == 2
    assert 0 < sleeps_s <= SESSIONS_EVERY_S


def test_a_probe_that_comes_back_to_a_leg_that_works_is_heard_and_wakes_nobody(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.probe.sockets = ("tap",)
    run.tick(0.01)
    run.probe.heard_s.clear()

    waits = asleep(run, monkeypatch, {"tap"}, {"tap"})

    assert run.probe.heard_s == [pytest.approx(run.now_s + 0.001), pytest.approx(run.now_s + 0.002)]
    assert len(waits) >= 3
    assert waits[2][1] == pytest.approx(waits[0][1] - 0.002)


def test_a_probe_that_comes_back_puts_the_silence_off(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.tick(0.01)
    otherwise_s = at_most_s(run, monkeypatch)
    run.probe.next_at_s = run.now_s + otherwise_s / 2
    run.tick(0.0)
    monkeypatch.setattr(run.probe, "listen", lambda _: setattr(run.probe, "next_at_s", float("inf")))

    waits = asleep(run, monkeypatch, {"tap"})

    assert waits[1][1] == pytest.approx(otherwise_s - 0.001)


@pytest.mark.parametrize("who", ["a probe of a leg that did not work", "bfdd"])
def test_what_may_change_the_judgement_wakes_at_once(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    run.probe.sockets = ("tap",)
    run.probe.well = who == "bfdd"
    run.tick(0.01)

    assert len(asleep(run, monkeypatch, {"tap"} if who != "bfdd" else {"tap", *run.watch._events.sockets})) == 1


def test_it_wakes_when_the_leg_falls_silent(run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch) -> None:
    run.tick(0.01)
    otherwise_s = at_most_s(run, monkeypatch)
    run.probe.next_at_s = run.now_s + otherwise_s / 2
    run.tick(0.0)

    assert at_most_s(run, monkeypatch) == pytest.approx(otherwise_s / 2)


def test_while_the_leg_is_silent_it_sleeps_all_the_same(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.probe.silent = True
    sleeps_s = []
    for _ in range(10):
        run.tick()
        sleeps_s.append(at_most_s(run, monkeypatch))

    assert any(sleeps_s)


def test_while_bfdd_tells_nothing_it_sleeps_no_longer_than_a_tick(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_most_s(run, monkeypatch) <= TICK_S


def test_who_sleeps_until_something_is_due_is_not_late(
    run: Run, bfdd: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(30):
        run.tick(at_most_s(run, monkeypatch) + LATE_S / 2)
    assert run.probe.forgiven_s == []

    planned_s = at_most_s(run, monkeypatch)
    run.tick(planned_s + 2.0)
    assert run.probe.forgiven_s == [pytest.approx(2.0, abs=TICK_S)]

from __future__ import annotations

import itertools

import pytest

from router import patience
from router.errors import AgentError
from router.patience import Patience


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def patient(clock: Clock, seconds: float | None) -> Patience:
    return Patience(seconds=seconds, clock=clock, sleep=clock.sleep)


def failing(times: int):
    left = itertools.count(times, -1)

    def attempt() -> str:
        if next(left) > 0:
            raise AgentError("AWS is not reached")
        return "done"

    return attempt


def test_delays_double_from_200_ms_to_10_s_and_are_cut_by_up_to_half() -> None:
    uncut = [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]

    for delay_s, longest_s in zip(patience.delays(), uncut, strict=False):
        assert longest_s / 2 <= delay_s <= longest_s


def test_delays_differ_between_routers() -> None:
    assert len({next(patience.delays()) for _ in range(20)}) > 1


def test_it_tries_until_it_is_done() -> None:
    clock = Clock()

    assert patient(clock, None).until_done(failing(5), tell=lambda _: None) == "done"
    assert len(clock.slept) == 5


def test_it_raises_the_last_failure_when_the_time_is_over_and_not_later() -> None:
    clock = Clock()

    with pytest.raises(AgentError, match="not reached"):
        patient(clock, 20).until_done(failing(1000), tell=lambda _: None)

    assert clock.now == pytest.approx(20)


def test_an_unchanged_failure_is_told_once_and_then_once_a_minute() -> None:
    told: list[str] = []

    patient(Clock(), None).until_done(failing(30), tell=told.append)

    assert 2 <= len(told) <= 6
    assert set(told) == {"AWS is not reached; trying again"}


def test_until_true_gives_up_in_time() -> None:
    clock = Clock()

    assert not patient(clock, 3).until_true(lambda: False, every_s=0.5)
    assert clock.now == pytest.approx(3)
    assert patient(clock, 3).until_true(lambda: True, every_s=0.5)

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from lab.drills import agent, calm, flaps
from lab.drills import drill as drills
from lab.drills.drill import Drill
from lab.drills.measure import Direction
from lab.drills.rows import Row
from lab.errors import LabFault


class Lab:
    """Notes the gateway's reaction times, and answers looks with what is left in turn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reactions_s = [0]
        self.left: list[tuple[str, ...]] = []
        self.looks = 0
        monkeypatch.setattr(calm, "look", lambda _: None)
        monkeypatch.setattr(calm, "wait", self._wait)

    def scene(self) -> SimpleNamespace:
        return SimpleNamespace(fabric=SimpleNamespace(react_within=self._react))

    def _react(self, seconds: int) -> bool:
        is_change = seconds != self.reactions_s[-1]
        if is_change:
            self.reactions_s.append(seconds)
        return is_change

    def _wait(self, *_: object) -> tuple[str, ...]:
        self.looks += 1
        return self.left.pop(0) if self.left else ()


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(monkeypatch)


def test_a_lab_that_has_just_booted_needs_no_look_before_its_first_run(lab: Lab) -> None:
    Drill(lab).prepare(0)  # type: ignore[arg-type]

    assert (lab.looks, lab.reactions_s) == (0, [0])


def test_another_reaction_time_is_given_once_and_its_disturbance_waited_for(lab: Lab) -> None:
    drill = Drill(lab)  # type: ignore[arg-type]
    drill.prepare(5)

    assert (lab.looks, lab.reactions_s) == (1, [0, 5])

    drill._wait_until_as_before()  # as each run does at its end
    drill.prepare(5)
    assert (lab.looks, lab.reactions_s) == (2, [0, 5])


def test_after_a_run_that_was_not_seen_to_its_end_the_lab_is_looked_at_again(lab: Lab) -> None:
    drill = Drill(lab)  # type: ignore[arg-type]
    drill.prepare(0)
    drill.prepare(0)

    assert lab.looks == 1


def test_a_lab_that_is_not_as_before_is_not_drilled(lab: Lab) -> None:
    drill = Drill(lab)  # type: ignore[arg-type]
    lab.left = [("aws-a: tells no status",)] * 2
    drill._wait_until_as_before()

    with pytest.raises(LabFault, match="aws-a: tells no status"):
        drill.prepare(0)


def test_what_goes_down_between_two_parts_of_a_soak_counts(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Direction(sent=[], arrivals=[])
    stream = SimpleNamespace(running=nullcontext, directions={"forward": silent, "backward": silent})
    counted = [{"a: BFD": 1}, {"a: BFD": 1}, {"a: BFD": 2}, {"a: BFD": 2}]
    monkeypatch.setattr(drills, "Stream", lambda *_: stream)
    monkeypatch.setattr(flaps, "read", lambda _: counted.pop(0))
    monkeypatch.setattr(agent, "used_s", lambda _: {})
    drill, part = Drill(lab), Row(name="soak", fault="nothing", instances=(), lasts_s=0.01)  # type: ignore[arg-type]
    ends = SimpleNamespace(site=None, vpc=None)

    first = drill.undisturbed(part, ends)["flaps"]  # type: ignore[arg-type]
    second = drill.undisturbed(part, ends)["flaps"]  # type: ignore[arg-type]

    assert (first, second) == ([], ["a: BFD: 1 times before, 2 after"])

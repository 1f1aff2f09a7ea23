"""What a run's line says of probes that were made up: one every millisecond, each 1 ms on its way."""

from __future__ import annotations

import pytest

from lab.drills.line import run_line
from lab.drills.measure import NS_PER_MS, Direction

BROKEN_MS, MENDED_MS, ENDED_MS = 1500, 3000, 4000


def direction(*lost_ms: range) -> Direction:
    sent = [at_ms * NS_PER_MS for at_ms in range(ENDED_MS)]
    lost = {number for span in lost_ms for number in span}
    arrivals = [(at_ns + NS_PER_MS, number) for number, at_ns in enumerate(sent) if number not in lost]
    return Direction(sent=sent, arrivals=arrivals)


def told(forward: Direction, backward: Direction | None = None) -> dict:
    directions = {"forward": forward, "backward": backward or direction()}
    return run_line(directions, *(at_ms * NS_PER_MS for at_ms in (BROKEN_MS, MENDED_MS, ENDED_MS)))


@pytest.mark.parametrize(
    ("silent", "valid"),
    [(range(400), True), (range(700, 720), True), (range(700, 721), False), (range(1450, 1500), False)],
    ids=["before the undisturbed second", "every flow for 40 ms in it", "one flow for 60 ms in it", "up to the fault"],
)
@pytest.mark.parametrize("is_forward", [True, False])
def test_a_run_is_valid_when_no_flow_was_silent_for_50_ms_in_the_second_before(silent, valid, is_forward):
    line = told(direction(silent)) if is_forward else told(direction(), direction(silent))

    assert line["valid"] == valid
    assert bool(line["why"]) != valid


def stopped(*spans_ms: range) -> Direction:
    """A machine that stood still: nothing left meanwhile, and what was due left right after it."""
    still = {at_ms: max(span) + 1 for span in spans_ms for at_ms in span}
    sent = [still.get(at_ms, at_ms) * NS_PER_MS for at_ms in range(ENDED_MS)]
    return Direction(sent=sent, arrivals=[(at_ns, number) for number, at_ns in enumerate(sent)])


@pytest.mark.parametrize("since_ms", [1600, 2960, 3900], ids=["while it lasts", "across the mending", "after it"])
def test_a_run_is_invalid_when_neither_sender_got_its_turn_for_50_ms(since_ms):
    line = told(stopped(range(since_ms, since_ms + 60)), stopped(range(since_ms, since_ms + 60)))

    assert (line["valid"], line["why"], line["stood_still_ms"]) == (False, "the machine stood still for 61 ms", 61.0)
    assert told(stopped(range(since_ms, since_ms + 40)), stopped(range(since_ms, since_ms + 40)))["valid"]


def test_one_sender_alone_that_waits_is_no_machine_that_stands_still():
    assert told(stopped(range(1600, 1900)), stopped(range(2000, 2300)))["valid"]


def test_losses_stand_with_the_fault_or_the_mending_in_which_their_probes_left():
    line = told(direction(range(1600, 1900), range(3100, 3120)), direction(range(1700, 1710)))

    assert (line["forward"]["lost"], line["forward"]["sent"], line["forward"]["outage_ms"]) == (300, 1500, 300.0)
    assert (line["backward"]["lost"], line["backward"]["outage_ms"]) == (10, 20.0)
    assert line["mend"] == {"lost": 20, "sent": 2000}
    assert line["lost_ms"] == {"forward": [100.0, 399.0], "backward": [200.0, 209.0]}
    assert line["mend_lost_ms"] == {"forward": [100.0, 119.0], "backward": []}
    assert line["seconds"] == {"fault": 1.5, "mend": 1.0}


def test_the_picture_begins_a_second_before_the_fault():
    trace = told(direction(range(1600, 1900)))["received"]["forward"]

    assert (trace["from_ms"], trace["bin_ms"]) == (-1000, 20)
    assert trace["counts"][:50] == [20] * 50
    assert sum(trace["counts"][55:70]) == 1, "what left in the last millisecond before"

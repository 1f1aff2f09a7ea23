"""Losses and outages of numbered probes, worked out by hand and held for any pattern of loss."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lab.drills.measure import NS_PER_MS, Direction
from lab.drills.probes.record import FLOWS, PER_SECOND, SPACING_MS, flow_of

START_NS = 7_000_000_000
PAUSE_NS = 10**9 // PER_SECOND
DELAY_NS = 3 * NS_PER_MS


def sent(count: int) -> list[int]:
    return [START_NS + number * PAUSE_NS for number in range(count)]


def direction(count: int, lost: set[int] = frozenset()) -> Direction:
    """Probes of which all but the lost ones come after the same delay."""
    left = sent(count)
    return Direction(sent=left, arrivals=[(left[n] + DELAY_NS, n) for n in range(count) if n not in lost])


def flow(number: int, count: int) -> list[int]:
    return list(range(number, count, FLOWS))


def whole(one: Direction):
    return one.figures(0, 2 * one.sent[-1])


def test_nothing_lost_is_no_outage():
    figures = whole(direction(1000))

    assert (figures.outage_ms, figures.lost, figures.sent) == (0.0, 0, 1000)
    assert (figures.duplicates, figures.reordered) == (0, 0)


def test_an_outage_is_the_longest_run_of_one_flow_times_its_spacing():
    lost = set(flow(3, 1000)[10:17]) | set(flow(4, 1000)[10:12])

    assert whole(direction(1000, lost)).outage_ms == 7 * SPACING_MS


def test_losses_of_different_flows_do_not_add_up_to_one_outage():
    lost = {flow(one, 1000)[10 + one] for one in range(FLOWS)}

    figures = whole(direction(1000, lost))

    assert (figures.outage_ms, figures.lost) == (SPACING_MS, FLOWS)


def test_two_outages_of_a_flow_are_not_one():
    lost = set(flow(3, 1000)[10:14]) | set(flow(3, 1000)[20:23])

    figures = whole(direction(1000, lost))

    assert (figures.outage_ms, figures.lost) == (4 * SPACING_MS, 7)


def test_an_outage_that_never_ends_counts_to_the_last_probe_sent():
    """The largest gap between arrivals would miss it: after the last arrival there is none."""
    assert whole(direction(1000, set(flow(0, 1000)[20:]))).outage_ms == 30 * SPACING_MS


def test_only_probes_that_left_in_the_span_count():
    one = direction(1000, set(range(100, 200)))
    since_ns, until_ns = one.sent[150], one.sent[400]

    figures = one.figures(since_ns, until_ns)

    assert (figures.lost, figures.sent) == (50, 250)


def test_a_second_arrival_is_a_duplicate_and_an_overtaken_one_is_reordered():
    one = direction(100)
    late = (one.sent[99] + DELAY_NS, 0)
    swapped = [*one.arrivals[1:], late, (late[0] + 1, 99)]

    figures = whole(Direction(sent=one.sent, arrivals=swapped))

    assert (figures.lost, figures.duplicates, figures.reordered) == (0, 1, 1)


def test_an_even_stream_has_no_gap_beyond_its_spacing():
    one = direction(2000)

    assert max(one.gaps_ms(one.sent[1000], one.sent[1999])) <= DELAY_NS / NS_PER_MS


def test_a_flow_that_falls_silent_before_the_span_ends_has_a_gap():
    one = direction(2000, {number for number in flow(5, 2000) if number >= 1500})

    assert max(one.gaps_ms(one.sent[1000], one.sent[1999])) > 400


def test_a_gap_that_began_before_the_span_counts_whole():
    lost = {number for number in flow(5, 2000) if 800 <= number < 1100}
    one = direction(2000, lost)

    assert max(one.gaps_ms(one.sent[1000], one.sent[1999])) > 250


def test_arrivals_are_counted_by_time():
    one = direction(1000, set(range(500, 1000)))

    assert one.received(START_NS + DELAY_NS, START_NS + DELAY_NS + 10**9, 100) == [100] * 5 + [0] * 5


@given(st.sets(st.integers(0, 599)))
def test_any_loss_is_bounded_by_its_outage(lost):
    """An outage is no shorter than one loss makes it, and no longer than all losses of the worst flow."""
    figures = whole(direction(600, lost))
    worst = max(sum(1 for number in lost if flow_of(number) == one) for one in range(FLOWS))

    assert figures.lost == len(lost)
    assert (figures.outage_ms > 0) == bool(lost)
    assert figures.outage_ms <= worst * SPACING_MS


@given(st.sets(st.integers(0, 599)), st.integers(0, 600))
def test_two_spans_that_meet_lose_what_the_whole_lost(lost, cut):
    one = direction(600, lost)
    cut_ns = START_NS + cut * PAUSE_NS

    first, second = one.figures(0, cut_ns), one.figures(cut_ns, 2 * one.sent[-1])

    assert first.lost + second.lost == len(lost)
    assert first.sent + second.sent == 600
    assert max(first.outage_ms, second.outage_ms) <= whole(one).outage_ms


@given(st.permutations(range(40)))
def test_order_changes_neither_loss_nor_outage(order):
    one = direction(40, {7})
    shuffled = [(START_NS + place, number) for place, number in enumerate(order) if number != 7]

    figures = whole(Direction(sent=one.sent, arrivals=shuffled))

    assert (figures.lost, figures.outage_ms, figures.duplicates) == (1, SPACING_MS, 0)

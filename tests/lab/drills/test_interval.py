from __future__ import annotations

import pytest

from lab.drills import interval


@pytest.mark.parametrize(
    ("jitter_ms", "chosen"),
    [(0.0, 50), (50.0, 50), (50.1, 100), (100.0, 100), (101.0, 300), (300.0, 300), (301.0, None)],
)
def test_the_shortest_interval_that_leaves_twice_the_jitter_is_chosen(jitter_ms: float, chosen: int | None) -> None:
    assert interval.chosen_ms(jitter_ms) == chosen


def test_the_page_says_how_for_a_machine_left_alone_and_for_a_busy_one() -> None:
    (words,) = interval.words(12.0, 70.4)

    assert "with nothing broken, 50 ms, for 100 ms are enough for 2 x 12 ms" in words
    assert "with every processor busy, 100 ms, for 200 ms are enough for 2 x 70 ms" in words
    assert "ours has 100 ms, so a packet may be 200 ms late" in words


def test_a_machine_too_uneven_for_any_interval_is_told() -> None:
    (words,) = interval.words(400.0, None)

    assert "at 400 ms none of 50, 100, 300 ms is" in words
    assert "busy" not in words


def test_without_a_measured_jitter_there_is_nothing_to_say() -> None:
    assert list(interval.words(None, None)) == []

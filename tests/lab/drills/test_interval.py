from __future__ import annotations

import pytest

from lab.drills import interval


@pytest.mark.parametrize(
    ("jitter_ms", "chosen"),
    [(0.0, 50), (50.0, 50), (50.1, 100), (100.0, 100), (101.0, 300), (300.0, 300), (301.0, None)],
)
def test_the_shortest_interval_that_leaves_twice_the_jitter_is_chosen(jitter_ms: float, chosen: int | None) -> None:
    assert interval.chosen_ms(jitter_ms) == chosen


def test_the_page_says_how() -> None:
    assert "here 100 ms, with 200 ms against 2 x 70 ms" in interval.words(70.4)
    assert "at 400 ms none of 50, 100, 300 ms is" in interval.words(400.0)

from __future__ import annotations

import pytest

from router.aws_side import GRACE_S, HEARD_FOR_S, SETTLED_S
from tests.router.aws_story import ALL, DOWN, HOLD_S, SILENT, UP, Story, sessions, story


def test_a_ready_router_takes_over_at_once_when_its_sibling_falls_silent(both_ready: Story) -> None:
    both_ready.at(100.0)

    assert both_ready.at(100.025, bfd=DOWN).takeover


def test_a_router_that_has_just_become_ready_gives_its_sibling_time_to_come_up(both_ready: Story) -> None:
    both_ready.at(10.0, bgp=sessions(), bfd=DOWN)

    assert not both_ready.at(20.0, bgp=ALL).takeover
    assert not both_ready.at(20.0 + GRACE_S - 0.1).takeover
    assert both_ready.at(20.0 + GRACE_S + 0.1).takeover


def test_a_sibling_that_came_up_in_that_time_needs_no_more_of_it(both_ready: Story) -> None:
    both_ready.at(10.0, bgp=sessions(), bfd=DOWN)
    both_ready.at(20.0, bgp=ALL)
    both_ready.at(21.0, bfd=UP)

    assert both_ready.at(21.5, bfd=DOWN).takeover


def test_a_sibling_that_died_before_this_router_started_may_still_have_routes() -> None:
    told = story()

    assert not told.at(0.0, bfd=DOWN).takeover
    assert told.at(GRACE_S + 0.1).takeover
    assert told.at(10 * HOLD_S).takeover, "until the sibling is back"
    assert not told.at(10 * HOLD_S + 0.1, bfd=UP).takeover


def test_a_sibling_that_was_away_for_the_hold_time_leaves_nothing_to_take_over() -> None:
    told = story()
    told.at(0.0, bgp=sessions(), bfd=DOWN)
    told.at(HOLD_S - GRACE_S + 0.1, bgp=ALL)

    assert not any(told.at(now_s).takeover for now_s in (HOLD_S + 0.2, 10 * HOLD_S))


def test_a_bfdd_that_was_told_anew_gets_the_same_time(both_ready: Story) -> None:
    both_ready.at(100.0, bfd={})
    both_ready.at(100.5, bfd=UP)
    both_ready.side.raised_anew(101.0)

    assert not both_ready.at(101.1, bfd=DOWN).takeover
    assert both_ready.at(101.0 + GRACE_S + 0.1).takeover


def test_a_bfdd_of_our_own_that_is_silent_is_no_reason_to_take_over() -> None:
    told = story(bfd_peers=[])
    told.at(100.0)

    judgement = told.at(110.0, bfd={})

    assert judgement.ready
    assert not judgement.takeover


def test_an_unready_router_does_not_take_over(both_ready: Story) -> None:
    assert not both_ready.at(100.0, bfd=DOWN, **SILENT).takeover


@pytest.mark.parametrize("agent", [{"takeover": False}, {"sibling_bfd": None}])
def test_there_is_no_takeover_where_the_bundle_asks_for_none(agent: dict) -> None:
    told = story(**agent)
    told.at(0.0)

    assert not told.at(100.0, bfd=DOWN).takeover


def test_a_takeover_ends_as_soon_as_the_sibling_is_up_again(both_ready: Story) -> None:
    """Should this router die next, halves of its own would hold the gateway's traffic for the hold time."""
    assert both_ready.at(100.0, bfd=DOWN).takeover

    assert not both_ready.at(110.0, bfd=UP).takeover


def test_a_sibling_that_comes_and_goes_must_stay_for_a_while(both_ready: Story) -> None:
    both_ready.at(100.0, bfd=DOWN)
    both_ready.at(110.0, bfd=UP)
    both_ready.at(110.0 + SETTLED_S - 0.1, bfd=DOWN)

    assert both_ready.at(125.0, bfd=UP).takeover
    assert both_ready.at(125.0 + SETTLED_S - 0.1).takeover
    assert not both_ready.at(125.0 + SETTLED_S + 0.1).takeover


def test_one_that_stayed_and_went_later_need_not(both_ready: Story) -> None:
    both_ready.at(100.0, bfd=DOWN)
    both_ready.at(110.0, bfd=UP)
    both_ready.at(110.0 + SETTLED_S + 0.1, bfd=DOWN)

    assert not both_ready.at(130.0, bfd=UP).takeover


def test_a_drained_router_hands_over_to_a_sibling_that_is_heard(both_ready: Story) -> None:
    both_ready.at(100.0, bfd=DOWN)
    both_ready.at(110.0, bfd=UP)
    both_ready.at(111.0, bfd=DOWN)

    assert both_ready.at(112.0, bfd=UP).takeover
    assert not both_ready.at(112.1, draining=True).takeover


def test_a_drained_router_takes_over_for_a_sibling_that_dies_and_only_until_it_is_back(both_ready: Story) -> None:
    """What it was drained for has not begun: traffic has no other way."""
    both_ready.at(90.0, draining=True)
    both_ready.at(99.9)

    assert both_ready.at(100.0, bfd=DOWN).takeover
    assert both_ready.at(100.1).takeover, "its sibling was heard just before"
    assert not both_ready.at(110.0, bfd=UP).takeover


def test_an_unready_router_keeps_the_takeover_of_a_sibling_that_is_dead(both_ready: Story) -> None:
    """Nobody else announces anything: longer prefixes are no worse than none."""
    both_ready.at(100.0, bfd=DOWN)

    assert both_ready.at(100.0 + HEARD_FOR_S + 1, draining=True).takeover

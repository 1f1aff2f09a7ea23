from __future__ import annotations

from dataclasses import replace

import pytest

from router.agent_lines import Lines
from router.aws_side import GRACE_S, SPARE_S
from router.renewal import FRESH_AFTER_S, Renewal
from tests.router.aws_story import ALL, DOWN, HOLD_S, SETTLING, SILENT, WELL, Story, story
from tests.router.bundle_files import AGENT, GATEWAY_NEIGHBOR

OTHER_NEIGHBOR = "169.254.6.3"
TWO_SESSIONS = {**ALL, OTHER_NEIGHBOR: ALL[GATEWAY_NEIGHBOR]}


@pytest.fixture
def two_sessions() -> Story:
    told = story(gateway={**AGENT["gateway"], "neighbors": [GATEWAY_NEIGHBOR, OTHER_NEIGHBOR]})
    told.at(0.0, bgp=TWO_SESSIONS)
    return told


@pytest.mark.parametrize(("silent_s", "stale"), [(HOLD_S / 3 + 1, GATEWAY_NEIGHBOR), (HOLD_S / 3 - 1, "")])
def test_the_sessions_of_a_leg_that_comes_back_after_lost_keepalives_are_renewed(
    two_sessions: Story, silent_s: float, stale: str
) -> None:
    assert two_sessions.at(1.0, **SILENT).stale_session == ""
    assert two_sessions.at(silent_s, **SETTLING).stale_session == ""

    assert two_sessions.at(1.0 + silent_s, **WELL).stale_session == stale
    assert two_sessions.at(1.1 + silent_s).stale_session == ""


def test_another_run_of_the_agent_knows_not_how_long_the_leg_was_silent_before(two_sessions: Story) -> None:
    agent = {"gateway": {**AGENT["gateway"], "neighbors": [GATEWAY_NEIGHBOR, OTHER_NEIGHBOR]}}
    again = story(Lines(withheld=True), **agent)
    again.at(100.0, bgp=TWO_SESSIONS, **SILENT)

    assert again.at(101.0, **WELL).stale_session == GATEWAY_NEIGHBOR


def test_a_router_is_ready_when_its_fresh_session_has_had_its_time_and_announces_vpcs_meanwhile(
    two_sessions: Story,
) -> None:
    two_sessions.at(1.0, **SILENT)
    renewing = two_sessions.at(20.0, **WELL)

    assert renewing.why_not_ready == ("a session to the gateway is set up anew",)
    assert renewing.lines.sibling_up, "its sibling can rely on it"
    assert not renewing.lines.withheld, "the other session has all routes"
    assert not two_sessions.at(20.0 + FRESH_AFTER_S - 0.1).ready
    assert two_sessions.at(20.0 + FRESH_AFTER_S).stale_session == OTHER_NEIGHBOR
    assert not two_sessions.at(20.0 + 2 * FRESH_AFTER_S - 0.1).ready
    assert two_sessions.at(20.0 + 2 * FRESH_AFTER_S).ready
    assert two_sessions.at(60.0).stale_session == ""


BOTH = (GATEWAY_NEIGHBOR, OTHER_NEIGHBOR)


@pytest.fixture
def renewal() -> Renewal:
    """The first of two sessions has just been ended."""
    begun = Renewal(HOLD_S)
    begun.begin(HOLD_S / 2, BOTH, 100.0)
    assert begun.next(BOTH, 100.0) == GATEWAY_NEIGHBOR
    return begun


def test_the_second_session_waits_until_the_first_is_there_again(renewal: Renewal) -> None:
    assert renewal.next([OTHER_NEIGHBOR], 105.0) == ""
    assert renewal.is_under_way(105.0)

    assert renewal.next(BOTH, 106.0) == OTHER_NEIGHBOR
    assert not renewal.is_under_way(106.0 + FRESH_AFTER_S)


def test_a_session_that_has_ended_by_itself_is_not_renewed(renewal: Renewal) -> None:
    assert renewal.next([GATEWAY_NEIGHBOR], 104.0) == ""

    assert renewal.next(BOTH, 105.0) == ""
    assert not renewal.is_under_way(105.0)


def test_what_could_not_be_renewed_within_the_hold_time_is_left_alone(renewal: Renewal) -> None:
    renewal.next([OTHER_NEIGHBOR], 101.0 + HOLD_S)

    assert not renewal.is_under_way(101.0 + HOLD_S)
    assert renewal.next(BOTH, 102.0 + HOLD_S) == ""


def test_a_leg_that_fails_again_begins_anew(renewal: Renewal) -> None:
    renewal.end()

    assert renewal.next(BOTH, 104.0) == ""
    renewal.begin(HOLD_S / 2, BOTH, 120.0)
    assert renewal.next(BOTH, 120.0) == GATEWAY_NEIGHBOR


def test_a_router_that_renews_a_session_takes_over_at_once_for_a_sibling_that_died_meanwhile(
    two_sessions: Story,
) -> None:
    two_sessions.at(1.0, **SILENT)
    two_sessions.at(12.0, bfd=DOWN)
    renewing = two_sessions.at(13.0, **WELL)

    assert renewing.stale_session
    moments = [two_sessions.at(13.0 + step / 10) for step in range(1, round(10 * GRACE_S) + 2)]
    assert moments[-1].takeover
    assert all(moment.carries for moment in moments)


def test_a_single_session_is_never_ended_and_neither_is_one_of_a_leg_that_is_still_silent(two_sessions: Story) -> None:
    one_session = {**ALL, OTHER_NEIGHBOR: replace(ALL[GATEWAY_NEIGHBOR], state="Active")}
    two_sessions.at(1.0, bgp=one_session, **SILENT)
    assert two_sessions.at(20.0, **WELL).stale_session == ""

    two_sessions.at(21.0, bgp=TWO_SESSIONS, bfd=DOWN, **SILENT)
    moments = [two_sessions.at(21.0 + second) for second in range(1, round(HOLD_S + SPARE_S) + 5)]
    assert moments[-1].ready, "its sessions prove the probe wrong"
    assert {moment.stale_session for moment in moments} == {""}

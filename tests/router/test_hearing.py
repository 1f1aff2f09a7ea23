from __future__ import annotations

import pytest

from router.hearing import SETTLED_AFTER_S, Hearing

LIMIT_S = 0.3


@pytest.fixture
def heard() -> Hearing:
    """Heard every 0.1 s from 1.0 to 5.0."""
    hearing = Hearing(LIMIT_S, 0.9)
    for tenth in range(10, 51):
        hearing.hear(tenth / 10)
    return hearing


def test_what_was_never_heard_is_silent_once_the_limit_is_over_and_never_well() -> None:
    hearing = Hearing(LIMIT_S, 10.0)

    assert not hearing.ever
    assert not hearing.is_silent(10.2)
    assert hearing.is_silent(10.4)
    assert not hearing.is_well(10.2)


def test_the_first_voice_counts_at_once() -> None:
    hearing = Hearing(LIMIT_S, 10.0)
    hearing.hear(20.0)

    assert hearing.ever
    assert hearing.is_well(20.0)


def test_it_is_silent_only_after_the_limit(heard: Hearing) -> None:
    assert heard.silent_at_s == pytest.approx(5.0 + LIMIT_S)
    assert not heard.is_silent(5.0 + LIMIT_S - 0.01)
    assert heard.is_silent(5.0 + LIMIT_S + 0.01)
    assert not heard.is_well(5.0 + LIMIT_S + 0.01)


def test_what_was_silent_is_well_again_only_after_it_has_settled(heard: Hearing) -> None:
    for tenth in range(60, 71):
        heard.hear(tenth / 10)

        assert heard.is_well(tenth / 10) == (tenth / 10 - 6.0 >= SETTLED_AFTER_S)
        assert not heard.is_silent(tenth / 10)


def test_a_voice_that_comes_and_goes_is_never_well(heard: Hearing) -> None:
    for second in range(6, 20):
        heard.hear(float(second))
        heard.hear(second + 0.2)

        assert not heard.is_well(second + 0.2)


def test_a_listener_that_was_away_proves_no_silence(heard: Hearing) -> None:
    heard.forgive(2.0)

    assert not heard.is_silent(7.2)
    assert heard.is_well(7.2)
    assert heard.is_silent(7.4)

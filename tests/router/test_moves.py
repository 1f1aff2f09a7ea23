from __future__ import annotations

from dataclasses import replace

import pytest

from router.agent_lines import Lines
from router.moves import Moves, Watched, watched
from router.observed import Judgement
from router.patience import REMIND_EVERY_S
from tests.router.fake_router import FakeRouter

READY = Judgement(lines=Lines(sibling_up=True), takeover=False, why_not_ready=(), carries=True)
NOT_READY = Judgement(lines=Lines(withheld=True), takeover=False, why_not_ready=("no tunnel works",), carries=False)
HALVES = ("192.168.1.0/25", "192.168.1.128/25")


def test_before_the_first_judgement_there_is_none(router: FakeRouter) -> None:
    assert watched(router.paths) is None


def test_what_was_judged_is_read_back_as_it_was_noted(router: FakeRouter) -> None:
    Moves(router.paths).note(NOT_READY, Lines(withheld=True, draining=True, halves=HALVES))

    assert watched(router.paths) == Watched(
        ready=False,
        why_not_ready=("no tunnel works",),
        takeover=HALVES,
        withheld=True,
        draining=True,
        moves={"withheld": 1, "takeover": 1},
    )


def test_every_move_is_said_once_and_counted(router: FakeRouter, capsys: pytest.CaptureFixture[str]) -> None:
    moves = Moves(router.paths)
    taking_over = replace(READY.lines, halves=HALVES)
    for judgement, lines in (
        (READY, READY.lines),
        (READY, READY.lines),
        (READY, taking_over),
        (READY, taking_over),
        (READY, READY.lines),
        (NOT_READY, NOT_READY.lines),
        (NOT_READY, NOT_READY.lines),
        (READY, READY.lines),
    ):
        moves.note(judgement, lines)

    assert capsys.readouterr().out.splitlines() == [
        "ready: this router carries the path",
        "WARNING: takeover: the sibling is not ready; announcing 192.168.1.0/25, 192.168.1.128/25",
        "end of takeover: the sibling carries its part again",
        "WARNING: withheld: what this router announces across its tunnels",
        "WARNING: not ready: no tunnel works",
        "announced again: what this router announces across its tunnels",
        "ready: this router carries the path",
    ]
    assert watched(router.paths).moves == {
        "ready": 2,
        "takeover": 1,
        "end of takeover": 1,
        "withheld": 1,
        "not ready": 1,
        "announced again": 1,
    }


def test_a_fresh_session_is_said_and_counted_once(router: FakeRouter, capsys: pytest.CaptureFixture[str]) -> None:
    moves = Moves(router.paths)
    for judgement in (READY, replace(READY, stale_session="169.254.6.2"), READY):
        moves.note(judgement, READY.lines)

    assert capsys.readouterr().out.splitlines()[1:] == [
        "fresh session: 169.254.6.2, for its leg works again after a long silence"
    ]
    assert watched(router.paths).moves["fresh session"] == 1


def test_the_file_is_written_only_when_something_changed(router: FakeRouter) -> None:
    moves = Moves(router.paths)
    moves.note(READY, READY.lines)
    router.paths.watch_file.unlink()
    moves.note(READY, READY.lines)

    assert not router.paths.watch_file.exists()


def test_another_run_of_the_agent_says_nothing_anew_and_counts_on(router: FakeRouter, capsys) -> None:
    Moves(router.paths).note(READY, READY.lines)
    capsys.readouterr()

    again = Moves(router.paths)
    again.note(READY, READY.lines)
    assert capsys.readouterr().out == ""

    again.note(NOT_READY, READY.lines)
    again.note(READY, READY.lines)
    assert watched(router.paths).moves["ready"] == 2


def test_a_complaint_is_said_once_again_when_it_changes_and_after_a_while(router: FakeRouter, capsys) -> None:
    moves = Moves(router.paths)
    for message, now_s in (("a", 0.0), ("a", 1.0), ("b", 2.0), ("b", 3.0), ("b", 2.1 + REMIND_EVERY_S)):
        moves.complain(message, now_s)

    assert capsys.readouterr().out.splitlines() == ["WARNING: a", "WARNING: b", "WARNING: b"]

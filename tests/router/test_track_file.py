"""What keepalived is told of a path that works, breaks and comes back, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.agent_lines import Lines
from router.observed import Judgement
from router.track_file import BROKEN, GIVEN_UP, GIVES_UP_FOR_S, SPARE, WORKS, TrackFile

WHY = ("a reason",)


def judgement(*, ready: bool = False, carries: bool = False) -> Judgement:
    return Judgement(lines=Lines(), takeover=False, why_not_ready=() if ready else WHY, carries=ready or carries)


READY, SPARED, DEAD = judgement(ready=True), judgement(carries=True), judgement()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "path"


@pytest.fixture
def track_file(path: Path) -> TrackFile:
    return TrackFile(path)


@pytest.mark.parametrize("before", [READY, SPARED])
def test_a_path_that_breaks_is_given_up_first_and_for_so_long(track_file: TrackFile, path: Path, before) -> None:
    track_file.follow(before, 10.0)
    for now_s, told in ((10.1, GIVEN_UP), (10.1 + GIVES_UP_FOR_S - 0.01, GIVEN_UP), (10.11 + GIVES_UP_FOR_S, BROKEN)):
        track_file.follow(DEAD, now_s)
        assert path.read_text() == told


def test_who_only_becomes_a_spare_gives_nothing_up(track_file: TrackFile, path: Path) -> None:
    track_file.follow(READY, 10.0)
    track_file.follow(SPARED, 10.1)

    assert path.read_text() == SPARE


def test_whoever_breaks_again_gives_up_again(track_file: TrackFile, path: Path) -> None:
    track_file.follow(READY, 10.0)
    track_file.follow(DEAD, 11.0)
    track_file.follow(DEAD, 12.0)
    track_file.follow(READY, 13.0)
    assert path.read_text() == WORKS

    track_file.follow(DEAD, 14.0)
    assert path.read_text() == GIVEN_UP


def test_what_has_not_changed_is_not_written_again(track_file: TrackFile, path: Path) -> None:
    track_file.follow(READY, 10.0)
    written = path.stat().st_ino
    track_file.follow(READY, 10.1)

    assert path.stat().st_ino == written


@pytest.mark.parametrize(("text", "works"), [(WORKS, True), (SPARE, True), (BROKEN, False), (GIVEN_UP, False)])
def test_another_run_takes_a_path_that_carried_for_one_that_does(track_file, path: Path, text, works) -> None:
    path.write_text(text)

    assert track_file.says_that_it_works() is works


def test_where_nothing_was_written_nothing_works(track_file: TrackFile) -> None:
    assert not track_file.says_that_it_works()

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.bfd_events import STARTED_WITHIN_S, BfdEvents
from tests.router.fake_control import CHANGE, PROMISE, REFUSAL, FakeControl


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bfdd.sock"


@pytest.fixture
def bfdd(path: Path) -> Iterator[FakeControl]:
    bfdd = FakeControl(path)
    yield bfdd
    bfdd.end()


@pytest.fixture
def events(path: Path) -> Iterator[BfdEvents]:
    events = BfdEvents(path, 0.0)
    yield events
    events.close()


@pytest.fixture
def told(bfdd: FakeControl, events: BfdEvents) -> BfdEvents:
    """Events of a bfdd that promised to tell."""
    events.any_news(0.0)
    bfdd.accept(PROMISE)
    events.any_news(0.0)
    return events


def test_a_bfdd_that_promises_to_tell_of_states_and_peers_is_listened_to(bfdd: FakeControl, events: BfdEvents) -> None:
    assert not events.any_news(0.0)
    assert not events.is_open

    asked = bfdd.accept(PROMISE)
    assert asked == bytes.fromhex("00000008 0001 04 01") + struct.pack("=Q", 0b11)
    assert events.any_news(0.0)
    assert events.is_open


def test_a_promise_that_comes_in_parts_is_one(bfdd: FakeControl, events: BfdEvents) -> None:
    events.any_news(0.0)
    within = PROMISE.index(b"ok") + 1
    bfdd.accept(PROMISE[:within])
    events.any_news(0.0)
    assert not events.is_open

    bfdd.say(PROMISE[within:] + CHANGE[:20])
    events.any_news(0.0)
    assert events.is_open


def test_a_bfdd_that_refuses_is_not_relied_on(bfdd: FakeControl, events: BfdEvents) -> None:
    events.any_news(0.0)
    bfdd.accept(REFUSAL)
    events.any_news(0.0)

    assert not events.is_open


def test_a_bfdd_that_hangs_is_not_relied_on(bfdd: FakeControl, events: BfdEvents) -> None:
    assert not any(events.any_news(now_s) for now_s in (0.0, 0.1, 0.2))
    assert not events.is_open


def test_a_change_is_news_once(bfdd: FakeControl, told: BfdEvents) -> None:
    assert not told.any_news(0.0)

    bfdd.say(CHANGE, CHANGE[:30])
    assert [told.any_news(0.0), told.any_news(0.0)] == [True, False]


def test_a_bfdd_that_ends_is_news_and_the_next_one_is_subscribed_to(
    path: Path, bfdd: FakeControl, told: BfdEvents
) -> None:
    bfdd.end()
    assert told.any_news(0.0)
    assert not told.is_open
    assert told.sockets == ()
    assert not told.any_news(0.0)

    another = FakeControl(path)
    told.any_news(0.0)
    another.accept(PROMISE)
    assert told.any_news(0.0)
    assert told.is_open
    another.end()


def test_a_bfdd_that_cannot_be_listened_to_is_told_of_once(
    path: Path, events: BfdEvents, capsys: pytest.CaptureFixture[str]
) -> None:
    events.any_news(STARTED_WITHIN_S)
    assert capsys.readouterr().out == ""

    for second in range(1, 200):
        assert not events.any_news(STARTED_WITHIN_S + second)
    assert capsys.readouterr().out.count(f"bfdd tells nothing over {path}") == 1


@pytest.mark.netns
def test_a_real_bfdd_tells_of_every_change() -> None:
    here = Path(__file__)
    isolated = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    seen = subprocess.run(
        [*isolated, here.with_name("bfdd_alone.sh"), sys.executable, "-m", "tests.router.bfdd_seen"],
        cwd=here.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout) == {
        "two peers": {"10.9.0.1": "down", "10.9.0.2": "down"},
        "both heard": {"10.9.0.1": "up", "10.9.0.2": "up"},
        "one shut": {"10.9.0.1": "down", "10.9.0.2": "shutdown"},
        "raised again": {"10.9.0.1": "up", "10.9.0.2": "up"},
        "one deleted": {"10.9.0.1": "down"},
    }

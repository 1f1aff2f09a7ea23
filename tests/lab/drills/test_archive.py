"""What a page was written from can be unpacked, and the commands go on from it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from lab.command import run
from lab.drills import soak
from lab.drills.archive import archive
from lab.drills.runs import Runs
from tests.lab.drills.lines import line

LINES = [line(instance="a", product="one"), line(instance="b", product="one")]
SOAKED = {"schema": soak.SCHEMA_VERSION, "profile": "ours", "product": "one", "seconds": 3600.0}


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """A checkout in which a user has unpacked it."""
    (tmp_path / "packed.tar.gz").write_bytes(archive(LINES, [SOAKED]))
    run(["tar", "-xzf", str(tmp_path / "packed.tar.gz"), "-C", str(tmp_path)])
    return tmp_path


def test_drills_go_on_from_its_runs(unpacked):
    assert Runs(unpacked / "build/drills/runs.jsonl", "one").lines == LINES


def test_its_soaks_are_on_the_next_page(unpacked, monkeypatch):
    monkeypatch.setattr(soak, "FOLDER", unpacked / "build/soak")

    assert soak.last("one") == [SOAKED]


def test_the_same_runs_make_the_same_bytes_at_any_time(monkeypatch):
    packed = archive(LINES, [SOAKED])
    later_s = time.time() + 60
    monkeypatch.setattr(time, "time", lambda: later_s)

    assert archive(LINES, [SOAKED]) == packed

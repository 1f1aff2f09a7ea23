"""What routers say is kept when a run ends otherwise than it should, and only then."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.drills import drilling, evidence
from lab.drills.drilling import Drilling
from lab.drills.rows import ROWS
from lab.errors import LabFault
from tests.lab.drills.lines import line

REQUEST = {"row": ROWS[0].name, "number": 0, "is_bgp": True, "gateway_reaction_s": 0, "of_sizes": False, "seed": ""}


def router(name: str, answers: bool = True) -> SimpleNamespace:
    def run(argv: list[str]) -> SimpleNamespace:
        if not answers:
            raise LabFault("no end within 30 s")
        return SimpleNamespace(stdout=f"{name} says: {argv[-1]}\n", stderr="")

    return SimpleNamespace(name=name, run=run)


def scene(*routers: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(booted={one.name: one for one in routers})


def test_each_router_has_a_file_with_its_journal_also_one_that_does_not_answer(tmp_path):
    evidence.keep(scene(router("aws-a"), router("aws-b", answers=False)), tmp_path / "left")

    assert "aws-a says: journalctl --boot" in (tmp_path / "left" / "aws-a.txt").read_text()
    assert (tmp_path / "left" / "aws-b.txt").read_text().startswith("# flets-to-vpc status")


def test_of_a_router_that_is_off_now_nothing_is_left_from_before(tmp_path):
    evidence.keep(scene(router("aws-a"), router("aws-b")), tmp_path / "left")
    evidence.keep(scene(router("aws-b")), tmp_path / "left")

    assert [file.name for file in (tmp_path / "left").iterdir()] == ["aws-b.txt"]


class Drill:
    """Ends as a test says."""

    ended: dict | LabFault

    def __init__(self, lab: object) -> None: ...
    def prepare(self, gateway_reaction_s: int) -> None: ...
    def run(self, *of: object) -> dict:
        if isinstance(self.ended, LabFault):
            raise self.ended
        return self.ended


@pytest.fixture
def left(monkeypatch, tmp_path) -> Path:
    monkeypatch.setattr(drilling, "Drill", Drill)
    monkeypatch.setattr(drilling, "LEFT", tmp_path / "build" / "left")
    monkeypatch.setattr(drilling, "CHECKOUT", tmp_path)
    monkeypatch.setattr(drilling, "ends_in", lambda scene, **more: SimpleNamespace(site=END, vpc=END))
    return tmp_path / "build" / "left"


END = SimpleNamespace(hop="somewhere")
LAB = SimpleNamespace(scene=lambda: scene(router("aws-a")))


def test_a_run_after_which_all_is_as_before_keeps_nothing(monkeypatch, left):
    monkeypatch.setattr(Drill, "ended", line(), raising=False)

    assert "kept" not in Drilling(LAB).answer(REQUEST)
    assert not left.exists()


def test_a_run_after_which_it_is_not_names_what_was_kept(monkeypatch, left):
    monkeypatch.setattr(Drill, "ended", line(not_as_before=["aws-a: tells no status"]), raising=False)

    assert Drilling(LAB).answer(REQUEST)["kept"] == "build/left"
    assert (left / "aws-a.txt").exists()


def test_a_run_that_failed_keeps_it_too(monkeypatch, left):
    monkeypatch.setattr(Drill, "ended", LabFault("aws-a: refused to drain"), raising=False)

    with pytest.raises(LabFault, match="refused to drain"):
        Drilling(LAB).answer(REQUEST)
    assert (left / "aws-a.txt").exists()

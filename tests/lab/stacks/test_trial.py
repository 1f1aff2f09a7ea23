"""Drawn stacks are booted by the lab's own command line, and what does not come up is kept."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from lab.errors import MachineLacks
from lab.stacks import trial


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the command line was asked for; the second stack does not come up."""
    verbs: list[str] = []

    def answer(verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        verbs.append(verb)
        fails = verb == "up" and arguments[-1].endswith("-2")
        return subprocess.CompletedProcess([], 2 if fails else 0, "", "sites: refused\n" if fails else "")

    monkeypatch.setattr(trial, "FOLDER", tmp_path)
    monkeypatch.setattr(trial, "REPORT", tmp_path / "report.json")
    monkeypatch.setattr(trial, "_lab", answer)
    return verbs


def test_only_a_stack_that_does_not_come_up_keeps_its_file(asked: list[str], tmp_path: Path) -> None:
    report = trial.run(3, 7, lambda words: None)

    assert [entry["ok"] for entry in report["stacks"]] == [True, False, True]
    assert [path.name for path in tmp_path.glob("*.yaml")] == ["Pulumi.drawn-7-2.yaml"]
    assert report["stacks"][1]["said"] == ("sites: refused",)
    assert report["stacks"][1]["command"].endswith("Pulumi.drawn-7-2.yaml")


def test_the_report_on_disk_has_the_seed_and_the_verdict(asked: list[str], tmp_path: Path) -> None:
    report = trial.run(2, 7, lambda words: None)

    written = json.loads((tmp_path / "report.json").read_text())
    assert (written["schema"], written["seed"], written["count"], written["ok"]) == (1, 7, 2, False)
    assert report["ok"] is False


def test_every_lab_is_ended_and_the_seed_is_said(asked: list[str]) -> None:
    said: list[str] = []
    trial.run(2, 7, said.append)

    assert asked == ["up", "down", "up", "down"]
    assert said[0] == "seed 7"


def test_a_machine_that_can_boot_no_lab_ends_the_run(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = subprocess.CompletedProcess([], MachineLacks.exit_code, "", "this machine lacks: namespaces\n")
    monkeypatch.setattr(trial, "_lab", lambda *arguments: lacking)
    with pytest.raises(MachineLacks, match="namespaces"):
        trial.run(2, 7, lambda words: None)

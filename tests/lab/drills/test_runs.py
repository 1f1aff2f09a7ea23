"""The file of all runs: nothing is lost when a command is killed, and another product's runs do not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.command import run
from lab.drills import runs
from lab.drills.runs import ARCHIVE, MEASUREMENTS, PICTURE, Runs, commit, product
from tests.lab.drills.lines import line


def test_runs_are_there_again_in_the_next_command(tmp_path):
    path = tmp_path / "drills" / "runs.jsonl"
    Runs(path, "one").append(line(instance="a"))
    Runs(path, "one").append(line(instance="b"))

    assert [run["instance"] for run in Runs(path, "one").lines] == ["a", "b"]


def test_runs_of_another_product_are_kept_and_do_not_count(tmp_path):
    Runs(tmp_path / "runs.jsonl", "one").append(line())
    Runs(tmp_path / "runs.jsonl", "two").append(line())

    assert len(Runs(tmp_path / "runs.jsonl", "one").lines) == 1


def test_a_line_that_was_cut_off_is_dropped(tmp_path):
    path = tmp_path / "runs.jsonl"
    Runs(path, "one").append(line(instance="a"))
    path.write_text(path.read_text() + '{"product": "one", "inst')

    Runs(path, "one").append(line(instance="b"))

    assert [run["instance"] for run in Runs(path, "one").lines] == ["a", "b"]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a part of the product, a part of the lab and the page."""
    for name in ("router/watch.py", "lab/up.py", MEASUREMENTS, PICTURE, ARCHIVE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was\n")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        run([*git, *words])
    monkeypatch.setattr(runs, "CHECKOUT", tmp_path)
    return tmp_path


def test_a_run_names_its_commit_and_whether_files_differ_from_it(checkout):
    clean = commit()
    assert len(clean) == 12

    for name in (MEASUREMENTS, PICTURE, ARCHIVE):
        (checkout / name).write_text("written by the drills\n")
        assert commit() == clean, "the page changes with every command"

    (checkout / "lab/up.py").write_text("changed\n")
    assert commit() == f"{clean}+"


def test_only_files_of_the_product_make_another_product(checkout):
    before = product()

    (checkout / "lab/up.py").write_text("changed\n")
    assert product() == before

    (checkout / "router/watch.py").write_text("changed\n")
    assert product() != before

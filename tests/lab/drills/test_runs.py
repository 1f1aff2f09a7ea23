"""The file of all runs: nothing is lost when a command is killed, and another product's runs do not count."""

from __future__ import annotations

from lab.drills.runs import Runs
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

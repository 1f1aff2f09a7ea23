"""What is wished for, what a command says of a run, and which runs make it fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.drills import series
from lab.drills.plan import all_series
from lab.drills.rows import CHAOS, NOTHING, ROWS
from lab.drills.runs import Runs
from lab.drills.series import Wish, do, is_bad, told
from lab.errors import BadInput, LabFault
from tests.lab.drills.lines import line

GOOD = {"mtu": 1440, "tcp_bytes": 10_000_000, "ok": True}
SHORT = {"mtu": 1400, "tcp_bytes": 10_000_000, "ok": False}
ONE = ROWS[0]
ANSWER = {
    key: line()[key] for key in ("instance", "site", "valid", "why", "forward", "backward", "mend", "not_as_before")
}
"""What a lab answers; the command says of which row it is."""


def wish(**values: object) -> Wish:
    return Wish(**{"fault": "", "runs": 0, "minutes": 90.0, "profile": "", **values})  # type: ignore[arg-type]


def rows(wished: Wish) -> list[str]:
    return list(dict.fromkeys(one.row.name for one in wished.series()))


def test_without_a_wish_every_row_is_done_and_chaos_is_not():
    assert rows(wish()) == [row.name for row in ROWS]


def test_an_exact_name_is_one_row_and_a_part_all_that_hold_it():
    assert rows(wish(fault="tunnel-cut")) == ["tunnel-cut"]
    assert rows(wish(fault="killed")) == [row.name for row in ROWS if "killed" in row.name]


def test_chaos_is_done_by_its_name_with_its_own_seed():
    (one,) = wish(fault="chaos", seed=0, runs=3).series()
    assert (one.row, one.seed, one.wanted, one.profile) == (CHAOS, 0, 3, "ours")

    (one,) = wish(fault="chaos").series()
    assert (one.seed, one.wanted) == (1, 20)


@pytest.mark.parametrize(
    ("wished", "words"),
    [
        ({"fault": "nothing-like-it"}, r"'nothing-like-it'.*tunnel-cut.*chaos"),
        ({"fault": "reboot", "profile": "hold-30"}, r"'reboot': not a row of profile hold-30.*aws-router-off"),
        ({"profile": "fast"}, r"'fast'.*hold-30"),
        ({"fault": "drain", "seed": 0}, "0: only chaos is drawn by a seed"),
    ],
    ids=["no row", "no row of the profile", "no profile", "a seed for nothing"],
)
def test_a_wish_for_nothing_is_refused_with_what_there_is(wished, words):
    with pytest.raises(BadInput, match=words):
        wish(**wished).series()


@pytest.mark.parametrize(
    ("values", "is_so"),
    [
        ({}, False),
        ({"looped": 0, "late": []}, False),
        ({"looped": 1}, True),
        ({"late": ["inflict it: 1,200 ms"]}, True),
        ({"not_as_before": ["aws-a: is not ready"]}, True),
        ({"valid": False, "looped": 1}, False),
        ({"sizes": {"before": GOOD, "after": GOOD}}, False),
        ({"sizes": {"before": GOOD, "after": SHORT}}, True),
    ],
)
def test_a_run_is_bad_when_something_must_be_changed(values, is_so):
    assert is_bad(line(**values)) == is_so


def test_a_run_is_told_with_all_that_is_wrong():
    words = told(line(looped=2, looped_at={"aws-a": 2}, late=["a step: late"], not_as_before=["aws-a: is not ready"]))

    assert "forward 300 ms, 15 lost, backward 0 ms, 0 lost, mending 0 of 4000 lost" in words
    assert words.endswith("a step: late; 2 packets went in circles at aws-a; not as before: aws-a: is not ready")


def test_a_proof_of_sizes_is_told_also_when_it_is_bad():
    sizes = {key: value for key, value in line().items() if key not in ("forward", "backward", "mend")}

    words = told({**sizes, "sizes": {"before": GOOD, "after": SHORT}, "not_as_before": ["aws-a: is not ready"]})

    assert "before 1440 bytes unfragmented, TCP 10,000,000, after 1400 bytes" in words
    assert words.endswith("less than promised; not as before: aws-a: is not ready")
    assert "invalid: it broke" in told({**sizes, "valid": False, "why": "it broke"})
    assert "failed: it broke" in told({**sizes, "valid": False, "failed": True, "why": "it broke"})


class Lab:
    """Answers with good runs, but what the test put first; notes what was done."""

    def __init__(self, answers: list[object]) -> None:
        self.answers, self.done, self.profile = answers, list[str](), ""

    def __call__(self, tell: object) -> Lab:
        return self

    def runs(self, profile: str) -> bool:
        return profile == self.profile

    def boot(self, profile: str) -> None:
        self.profile = profile
        self.done.append(f"boot {profile}")

    def end(self) -> None:
        self.profile = ""
        self.done.append("end")

    def ask(self, row, *, of_sizes: bool = False, **more: object) -> dict:
        self.done.append(f"{row.name} sizes" if of_sizes else row.name)
        if row is NOTHING:
            return ANSWER
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, LabFault):
            raise answer
        return {**ANSWER, **answer}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    monkeypatch.setattr(series, "commit", lambda: "0123456789ab")
    return Runs(tmp_path / "runs.jsonl", "one")


def did(runs: Runs, monkeypatch: pytest.MonkeyPatch, *answers: object, count: int = 2) -> list[str]:
    """What was done until `count` runs of the first row were there."""
    lab = Lab(list(answers))
    monkeypatch.setattr(series, "DrilledLab", lab)
    wanted = [one for one in all_series(["ours"], [ONE], count) if not one.gateway_reaction_s]
    do(wanted, runs, 60.0, lambda words: None)
    return lab.done


def test_runs_are_done_on_one_lab_with_an_undisturbed_one_first_and_the_sizes_once(runs, monkeypatch):
    assert did(runs, monkeypatch) == ["boot ours", "undisturbed", ONE.name, ONE.sizes_name, ONE.name, "end"]
    assert [run["row"] for run in runs.lines] == ["undisturbed", ONE.name, ONE.sizes_name, ONE.name]
    assert {run["commit"] for run in runs.lines} == {"0123456789ab"}
    assert did(runs, monkeypatch) == ["end"], "nothing is missing"


def test_after_a_run_that_left_something_behind_the_next_one_has_a_new_lab(runs, monkeypatch):
    done = did(runs, monkeypatch, {"not_as_before": ["aws-a: is not ready"]})

    assert done[:5] == ["boot ours", "undisturbed", ONE.name, "end", "boot ours"]


def test_a_run_that_could_not_be_measured_is_done_again_on_a_new_lab(runs, monkeypatch):
    done = did(runs, monkeypatch, LabFault("no probe arrives"), count=1)

    assert done == ["boot ours", "undisturbed", ONE.name, "end", "boot ours", "undisturbed", ONE.name, *done[7:]]
    tried = [run for run in runs.lines if run["row"] == ONE.name]
    assert [(run["valid"], run["why"]) for run in tried] == [
        (False, "no probe arrives"),
        *[(True, "")] * (len(tried) - 1),
    ]
    assert (tried[0]["failed"], tried[0]["instance"]) == (True, ONE.instance(0))
    assert not any("failed" in run for run in tried[1:])

"""A soak is good only where no probe was lost and no session went down."""

from __future__ import annotations

import json
import os
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from lab.drills import flaps, soak
from lab.drills.soak import busy_processors, report
from lab.errors import LabFault
from tests.lab.drills.lines import direction


def part(lost: int = 0, went_down: tuple[str, ...] = ()) -> dict:
    return {
        "forward": direction(0.0, lost, 60000),
        "backward": direction(0.0, 0, 60000),
        "seconds": {"fault": 60.0, "mend": 0.0},
        "jitter": {"p99_ms": 2.0, "max_ms": 9.0},
        "flaps": list(went_down),
    }


def test_a_quiet_soak_is_good_and_counts_every_probe():
    content = report("ours", [part(), part()], {"cores": 2})

    assert (content["ok"], content["lost"], content["sent"], content["seconds"]) == (True, 0, 240000, 120.0)


def test_one_lost_probe_or_one_flap_is_enough_to_fail():
    assert not report("ours", [part(), part(lost=1)], {})["ok"]
    assert not report("ours", [part(), part(went_down=("aws-a: BFD",))], {})["ok"]


def test_a_soak_that_ended_early_or_never_began_is_not_good():
    assert not report("ours", [part()], {}, "a session stays down")["ok"]
    assert not report("ours", [], {})["ok"]


def test_a_soak_that_fails_leaves_a_report_that_says_why(monkeypatch, tmp_path):
    answers = [part(), LabFault("the lab is not as before")]

    class Lab:
        def __init__(self, tell) -> None: ...
        def boot(self, profile) -> None: ...
        def end(self) -> None: ...
        def ask(self, row, **more):
            answer = answers.pop(0)
            if isinstance(answer, LabFault):
                raise answer
            return answer

    monkeypatch.setattr(soak, "DrilledLab", Lab)
    monkeypatch.setattr(soak, "REPORT", tmp_path / "soak" / "report.json")
    monkeypatch.setattr(soak, "busy_processors", nullcontext)

    with pytest.raises(LabFault):
        soak.soak("ours", 1.0, lambda words: None)

    content = json.loads((tmp_path / "soak" / "report.json").read_text())
    assert (content["ok"], content["why"], content["seconds"]) == (False, "the lab is not as before", 60.0)


def test_a_session_that_went_down_or_is_gone_is_named():
    before = {"a: BFD": 1, "b: BGP": 0, "c: BFD": 2}

    assert flaps.since(before, {"a: BFD": 1, "b: BGP": 2}) == [
        "b: BGP: 0 times down before, 2 after",
        "c: BFD: 2 times down before, gone after",
    ]


def test_a_session_that_counts_anew_went_down_with_its_daemon():
    assert flaps.since({"a: BFD": 3}, {"a: BFD": 0}) == ["a: BFD: 3 times down before, 0 after"]


def test_every_processor_is_busy_meanwhile_and_no_longer():
    before = _children()
    with busy_processors():
        loops = _children() - before
        deadline = time.monotonic() + 30
        while not all(_used(pid) for pid in loops):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    assert len(loops) == len(os.sched_getaffinity(0))
    assert not _children() & loops


def _children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def _used(pid: int) -> bool:
    """Whether a process had some of a processor by now."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return int(user) + int(system) > 5

"""A soak is good only where no probe was lost and no session went down."""

from __future__ import annotations

import json
import os
import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab.drills import agent, flaps, frr, soak
from lab.drills.soak import busy_processors, report
from lab.errors import LabFault
from lab.proof.facts import WATCH_FILE
from tests.lab.drills.lines import direction


def part(lost: int = 0, went_down: tuple[str, ...] = (), stood_still_ms: float = 3.0) -> dict:
    return {
        "forward": direction(0.0, lost, 60000),
        "backward": direction(0.0, 0, 60000),
        "seconds": {"fault": 60.0, "mend": 0.0},
        "jitter": {"p99_ms": 2.0, "max_ms": 9.0},
        "agent_percent": 0.6,
        "flaps": list(went_down),
        "stood_still_ms": stood_still_ms,
    }


def test_a_quiet_soak_is_good_and_counts_every_probe():
    content = report("ours", [part(), part()], {"cores": 2})

    assert (content["ok"], content["lost"], content["sent"], content["seconds"]) == (True, 0, 240000, 120.0)


def test_one_lost_probe_or_one_flap_is_enough_to_fail():
    assert not report("ours", [part(), part(lost=1)], {})["ok"]
    assert not report("ours", [part(), part(went_down=("aws-a: BFD",))], {})["ok"]


def test_a_part_in_which_the_machine_stood_still_is_told_apart_and_does_not_count():
    content = report("ours", [part(), part(lost=600, went_down=("aws-a: BFD",), stood_still_ms=320.0)], {})

    assert (content["ok"], content["lost"], content["seconds"], content["flaps"]) == (True, 0, 60.0, [])
    assert content["stood_still"] == [{"ms": 320.0, "seconds": 60.0, "lost": 600, "flaps": ["aws-a: BFD"]}]
    assert not report("ours", [part(stood_still_ms=320.0)], {})["ok"], "nothing is left that counts"


def test_a_soak_that_ended_early_or_never_began_is_not_good():
    assert not report("ours", [part()], {}, "a session stays down")["ok"]
    assert not report("ours", [], {})["ok"]


def soaks(monkeypatch, tmp_path, answers, minutes):
    """A soak of a lab that has these parts to give, one after the other, or a fault."""

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
    monkeypatch.setattr(soak, "FOLDER", tmp_path / "soak")
    monkeypatch.setattr(soak, "busy_processors", nullcontext)
    return soak.soak("ours", minutes, lambda words: None)


def test_a_soak_measures_for_as_long_as_was_asked(monkeypatch, tmp_path):
    still = part(stood_still_ms=320.0)

    _, content = soaks(monkeypatch, tmp_path, [part(), still, part(), part()], minutes=3.0)

    assert (content["ok"], content["seconds"], len(content["stood_still"])) == (True, 120.0, 1)


def test_a_soak_that_fails_leaves_a_report_that_says_why(monkeypatch, tmp_path):
    with pytest.raises(LabFault):
        soaks(monkeypatch, tmp_path, [part(), LabFault("the lab is not as before")], minutes=2.0)

    content = json.loads((tmp_path / "soak" / "ours.json").read_text())
    assert (tmp_path / "soak" / "report.json").read_text() == (tmp_path / "soak" / "ours.json").read_text()
    assert (content["ok"], content["why"], content["seconds"]) == (False, "the lab is not as before", 60.0)
    assert soak.last(content["product"]) == [content]
    assert soak.last("another") == []


def test_what_happened_or_is_gone_is_named():
    before = {"a: BFD": 1, "b: BGP": 0, "c: BFD": 2}

    assert flaps.since(before, {"a: BFD": 1, "b: BGP": 2, "d: judged `takeover`": 1, "e: BFD": 0}) == [
        "b: BGP: 0 times before, 2 after",
        "c: BFD: 2 times before, gone after",
        "d: judged `takeover`: 0 times before, 1 after",
    ]


def test_what_counts_anew_happened_with_its_daemon():
    assert flaps.since({"a: BFD": 3}, {"a: BFD": 0}) == ["a: BFD: 3 times before, 0 after"]


def test_sessions_judgements_and_the_virtual_address_are_counted():
    said = {
        flaps.BFD: json.dumps([{"peer": "10.253.0.16", "session-down": 2}]),
        frr.BGP: json.dumps({"10.253.0.16": {"connectionsDropped": 3}}),
        WATCH_FILE: json.dumps({"moves": {"not ready": 1}}),
    }
    router = SimpleNamespace(
        name="sakura-a",
        run=lambda argv: SimpleNamespace(stdout=said[argv[-1]], stderr=""),
        journal=lambda unit, lines: ("(closed) Entering BACKUP STATE", "(closed) Changing effective priority"),
    )

    assert flaps.read(SimpleNamespace(booted={"sakura-a": router})) == {
        "sakura-a: BFD to 10.253.0.16 went down": 2,
        "sakura-a: BGP to 10.253.0.16 went down": 3,
        "sakura-a: judged `not ready`": 1,
        "sakura-a: virtual address moved": 1,
    }


def test_the_agents_share_of_a_processor_is_the_worst_routers():
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    stat = "229 (flets to) vpc) S 1 2 3 4 5 6 7 8 9 10 30 12 0 0 20 0"
    router = SimpleNamespace(name="aws-a", run=lambda argv: SimpleNamespace(stdout=stat, stderr="", returncode=0))

    assert agent.used_s(SimpleNamespace(booted={"aws-a": router})) == {"aws-a": 42 * tick_s}
    assert agent.percent({"aws-a": 1.0, "aws-b": 1.0}, {"aws-a": 1.3, "aws-b": 1.6}, 60.0) == 1.0


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

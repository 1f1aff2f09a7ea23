"""The benchmark's report: figures of several labs, ratios within the run, and the machine they depend on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import lab.bench
from lab.bench import PLAN_AND_RENDER, lines, machine, report
from lab.errors import LabFault
from lab.supervisor.folder import LabFolder

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("deploy", "boot", "converge", "prove", "total")


def one(factor: float, *, ok: bool = True) -> dict[str, object]:
    seconds = dict(zip(STAGES, (1 * factor, 2 * factor, 3 * factor, 4 * factor, 10 * factor), strict=True))
    memory = int(100 * factor)
    return {"ok": ok, "wireguard": "kernel", "gre": "userspace", "seconds": seconds, "peak_memory_mib": memory}


def made(*labs: dict[str, object]) -> dict[str, object]:
    growth = {"100": 0.5, "1": 0.1}
    return report("lab", labs, machine(), second_up=0.25, plan_and_render_s=growth)


def test_every_figure_is_the_smallest_the_median_and_the_largest_of_all_labs():
    written = made(one(1), one(3), one(2))

    assert written["seconds"]["deploy"] == {"min": 1, "median": 2, "max": 3}
    assert written["peak_memory_mib"] == {"min": 100, "median": 200, "max": 300}
    assert set(written["seconds"]) == set(STAGES)


def test_sessions_are_up_when_routers_have_booted_and_converged():
    assert made(one(1), one(3))["sessions_up_seconds"] == {"min": 5, "median": 10, "max": 15}


def test_growth_is_a_ratio_to_the_fewest_sites_and_the_second_deployment_to_the_first():
    ratios = made(one(1))["ratios"]

    assert ratios == {"second_deployment_to_first": 0.25, "plan_and_render_by_sites": {"100": 5.0, "1": 1.0}}


def test_the_report_names_what_the_figures_depend_on():
    host = made(one(1))["machine"]

    assert host["cores"] >= 1
    assert (host["wireguard"], host["gre"]) == ("kernel", "userspace")
    assert {"kernel", "memory_mib", "architecture", "python"} <= set(host)


def test_one_lab_that_is_not_as_promised_spoils_the_benchmark():
    assert made(one(1), one(1))["ok"] is True
    assert made(one(1), one(1, ok=False))["ok"] is False


def test_people_read_every_figure():
    text = "\n".join(lines(made(one(1), one(3))))

    assert all(stage in text for stage in (*STAGES, "sessions up", "peak memory"))
    assert "0.25 of the first" in text


def test_plan_and_files_are_measured_for_more_and_more_sites():
    ran = subprocess.run([sys.executable, "-m", PLAN_AND_RENDER], cwd=ROOT, capture_output=True, text=True, check=True)
    measured = json.loads(ran.stdout)

    assert [int(sites) for sites in measured] == sorted(int(sites) for sites in measured)
    assert len(measured) >= 3
    assert all(seconds > 0 for seconds in measured.values())


def test_a_lab_that_was_not_built_is_not_measured_by_the_report_of_an_earlier_one(tmp_path, monkeypatch):
    folder = LabFolder("bench", checkout=tmp_path)
    folder.path.mkdir(parents=True)
    (folder / "report.json").write_text(json.dumps(one(1)))
    monkeypatch.setattr(lab.bench, "LabFolder", lambda name: folder)
    monkeypatch.setattr(lab.bench, "_run", lambda argv, good: "")

    with pytest.raises(LabFault, match="lab 1 of 3 was not built; `make lab STACK=lab NAME=bench` says why"):
        lab.bench._one_lab("lab", 1, 3, lambda stage, words: None)

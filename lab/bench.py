"""`make bench`: how long the lab and its parts take, and how they grow; it judges no time.

Seconds depend on the machine and on what else it does, so everything that is compared is a ratio within the one run.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.deploy import stack_file
from lab.errors import LabFault
from lab.report import STAGES
from lab.supervisor import launch
from lab.supervisor.folder import CHECKOUT, LabFolder, write_atomically

SCHEMA_VERSION = 1
NAME = "bench"
PLAN_AND_RENDER = "tests.bench.plan_and_render"
"""Run as a program: the lab imports nothing of what it measures."""

Tell = Callable[[str, str], None]


def bench(stack: str, runs: int, tell: Tell) -> Path:
    """Measures and writes `build/bench/report.json`. Raises LabFault when something that is measured fails."""
    stated = stack_file(stack)
    reports = [_one_lab(stack, run, runs, tell) for run in range(1, runs + 1)]
    tell("bench", "deploying twice")
    first_s, second_s = _two_deployments(stated, stack)
    tell("bench", "planning and rendering more and more sites")
    plan_and_render_s = json.loads(_run([sys.executable, "-m", PLAN_AND_RENDER]))
    path = CHECKOUT / "build/bench/report.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = report(stack, reports, machine(), second_up=second_s / first_s, plan_and_render_s=plan_and_render_s)
    write_atomically(path, json.dumps(content, indent=1) + "\n")
    return path


def report(
    stack: str,
    reports: Sequence[Mapping[str, Any]],
    machine: Mapping[str, Any],
    *,
    second_up: float,
    plan_and_render_s: Mapping[str, float],
) -> dict[str, Any]:
    """The figures of several labs, each as its smallest, median and largest, and the ratios."""
    fewest = min(plan_and_render_s, key=int)
    return {
        "schema": SCHEMA_VERSION,
        "ok": all(one["ok"] for one in reports),
        "stack": stack,
        "runs": len(reports),
        "machine": {**machine, "wireguard": reports[0]["wireguard"], "gre": reports[0]["gre"]},
        "seconds": {stage: _spread(one["seconds"][stage] for one in reports) for stage in STAGES},
        "sessions_up_seconds": _spread(one["seconds"]["boot"] + one["seconds"]["converge"] for one in reports),
        "peak_memory_mib": _spread(one["peak_memory_mib"] for one in reports),
        "ratios": {
            "second_deployment_to_first": round(second_up, 3),
            "plan_and_render_by_sites": {
                sites: round(value / plan_and_render_s[fewest], 2) for sites, value in plan_and_render_s.items()
            },
        },
    }


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": memory_bytes // 2**20,
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 1),
    }


def lines(content: Mapping[str, Any]) -> list[str]:
    """The report for people."""
    host, ratios = content["machine"], content["ratios"]
    found = [
        f"{content['runs']} labs of stack {content['stack']} on {host['cores']} cores, kernel {host['kernel']}, "
        f"WireGuard: {host['wireguard']}, GRE: {host['gre']}; smallest / median / largest:",
        *(f"  {stage:<12} {_words(spread)} s" for stage, spread in content["seconds"].items()),
        f"  {'sessions up':<12} {_words(content['sessions_up_seconds'])} s after the deployment",
        f"  {'peak memory':<12} {_words(content['peak_memory_mib'])} MiB",
        f"a second deployment without a change takes {ratios['second_deployment_to_first']:.2f} of the first",
    ]
    for sites, ratio in ratios["plan_and_render_by_sites"].items():
        found.append(f"plan and files of {sites} sites take {ratio:.1f} times as long as of the fewest")
    return found


def _one_lab(stack: str, run: int, runs: int, tell: Tell) -> dict[str, Any]:
    """The report of one lab, which has ended. A lab that is not as promised is measured all the same."""
    tell("bench", f"lab {run} of {runs}")
    folder = LabFolder(NAME)
    written = folder / "report.json"
    written.unlink(missing_ok=True)
    try:
        _run([sys.executable, "-m", "lab", "up", "--stack", stack, "--name", NAME], good=(0, 1))
        if not written.exists():
            raise LabFault(f"lab {run} of {runs} was not built; `make lab STACK={stack} NAME={NAME}` says why")
        one: dict[str, Any] = json.loads(written.read_text())
    finally:
        launch.end(folder)
    return one


def _two_deployments(stated: Path, stack: str) -> tuple[float, float]:
    """Seconds of a first deployment and of one that finds nothing to do, on clouds of their own."""
    with tempfile.TemporaryDirectory(prefix="flets-to-vpc-bench-") as folder:
        argv = [sys.executable, "-m", "lab.engine", "up", "--stack-file", os.fspath(stated), "--stack", stack]
        for option, name in (("--store", "store.db"), ("--state", "state.json"), ("--out", "")):
            argv += [option, os.fspath(Path(folder, name))]
        return _seconds(argv), _seconds(argv)


def _seconds(argv: Sequence[str]) -> float:
    started = time.perf_counter()
    _run(argv)
    return time.perf_counter() - started


def _run(argv: Sequence[str], good: tuple[int, ...] = (0,)) -> str:
    """Standard output of a Python program of this checkout. Raises LabFault with what it said."""
    done = subprocess.run(argv, cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode not in good:
        raise LabFault(f"{' '.join(argv[1:])}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def _spread(values: Iterable[float]) -> dict[str, float]:
    found = [round(value, 2) for value in values]
    return {"min": min(found), "median": round(statistics.median(found), 2), "max": max(found)}


def _words(spread: Mapping[str, float]) -> str:
    return " / ".join(f"{spread[key]:>7.1f}" for key in ("min", "median", "max"))

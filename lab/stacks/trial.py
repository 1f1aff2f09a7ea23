"""Boots drawn stacks one after another, each in a lab of its own, as a user would: by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, Final

import yaml

from lab.errors import MachineLacks
from lab.stacks.drawn import stack
from lab.supervisor.folder import CHECKOUT, LabFolder, write_atomically

FOLDER: Final = CHECKOUT / "build" / "stacks"
REPORT: Final = FOLDER / "report.json"
SCHEMA_VERSION: Final = 1
HIGHEST_SEED: Final = 10**6
PASSED: Final = 0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How one drawn stack came up."""

    stack: str
    ok: bool
    exit_code: int
    sites: int
    vpcs: int
    seconds: float
    command: str
    """Boots it again."""
    said: tuple[str, ...]
    """What the lab found broken or refused; empty when it came up."""


def new_seed() -> int:
    """A seed nobody chose."""
    return SystemRandom().randint(1, HIGHEST_SEED)


def run(count: int, seed: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Draws and boots so many stacks, writes the report and returns it.

    A stack that came up leaves no file; one that did not keeps its stack file and its lab's reports.
    Raises MachineLacks when no lab can run here.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    tell(f"seed {seed}")
    trials = []
    for number in range(1, count + 1):
        trials.append(_try(f"drawn-{seed}-{number}", stack(Random(f"{seed}-{number}"))))
        tell(_told(trials[-1]))
        write_atomically(REPORT, json.dumps(_report(seed, count, trials), indent=1) + "\n")
    return _report(seed, count, trials)


def _report(seed: int, count: int, trials: list[Trial]) -> dict[str, Any]:
    ok = len(trials) == count and all(trial.ok for trial in trials)
    return {"schema": SCHEMA_VERSION, "ok": ok, "seed": seed, "count": count, "stacks": [asdict(t) for t in trials]}


def _try(name: str, config: dict[str, Any]) -> Trial:
    """One stack from its file to its proof; its lab is ended whatever comes."""
    path, folder, started_s = FOLDER / f"Pulumi.{name}.yaml", LabFolder(name), time.monotonic()
    path.write_text(yaml.safe_dump({"config": config}, sort_keys=False), encoding="utf-8")
    (folder / "report.json").unlink(missing_ok=True)
    try:
        done = _lab("up", "--stack", os.fspath(path), "--name", name)
    finally:
        _lab("down", "--name", name)
    if done.returncode == MachineLacks.exit_code:
        raise MachineLacks([done.stderr.strip()])
    if done.returncode == PASSED:
        path.unlink()
    return Trial(
        stack=name,
        ok=done.returncode == PASSED,
        exit_code=done.returncode,
        sites=len(config["flets-to-vpc:path"]["sites"]),
        vpcs=len(config["flets-to-vpc:path"]["vpcs"]),
        seconds=round(time.monotonic() - started_s, 1),
        command=f"make lab STACK={os.path.relpath(path, CHECKOUT)}",
        said=() if done.returncode == PASSED else _said(folder / "report.json", done),
    )


def _lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def _said(report: Path, done: subprocess.CompletedProcess[str]) -> tuple[str, ...]:
    """What is broken according to the lab's report, or what its command line said where it wrote none."""
    if not report.exists():
        return tuple(done.stderr.splitlines() or done.stdout.splitlines())
    found = json.loads(report.read_text())
    passed = [f"{t['from']} > {t['to']} {t['port']} was not blocked" for t in found["denied"] if not t["blocked"]]
    return (*passed, *(f"{b['hop']}: {b['rule']} ({b['seen']})" for b in found["broken"]))


def _told(trial: Trial) -> str:
    words = f"{trial.stack}: {trial.sites} sites, {trial.vpcs} VPCs, {trial.seconds} s: "
    if trial.ok:
        return f"{words}came up"
    return "\n  ".join([f"{words}exit {trial.exit_code}", *trial.said, f"again: {trial.command}"])

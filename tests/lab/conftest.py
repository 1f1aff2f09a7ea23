"""One lab of stack `lab`, deployed and booted once for all tests that only look at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = "pytest"
START_S = 240
"""A loaded machine is slow; how long a start takes is measured in benchmarks, not here."""


def lab(*arguments: str, timeout_s: float = START_S) -> subprocess.CompletedProcess[str]:
    """Runs one verb of the lab's command line."""
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)


@dataclass(frozen=True)
class RunningLab:
    """A lab that `up` has proved."""

    name: str
    said: str
    """What `up` printed."""

    @property
    def folder(self) -> Path:
        """Where its reports are."""
        return ROOT / "build/lab" / self.name

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    def on(self, node: str, command: str) -> str:
        """What a command prints on a node; the test fails when it cannot run."""
        ran = lab("shell", "--name", self.name, "--node", node, "--command", command)
        assert ran.returncode == 0, f"{node}: {command}: {ran.stderr}"
        return ran.stdout


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests run side by side, but those on one lab one after another."""
    for item in items:
        if item.get_closest_marker("lab"):
            shares = "running" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.xdist_group(NAME if shares else item.path.stem))


@contextmanager
def lab_of_stack_lab(name: str, timeout_s: float = START_S) -> Iterator[RunningLab]:
    """A lab for some tests alone: those that take long, or leave it other than it was."""
    ran = lab("up", "--stack", "lab", "--name", name, "--engine", "sdk", timeout_s=timeout_s)
    try:
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        yield RunningLab(name, ran.stdout)
    finally:
        lab("down", "--name", name)


@pytest.fixture(scope="session")
def running() -> Iterator[RunningLab]:
    with lab_of_stack_lab(NAME) as lab_of_all:
        yield lab_of_all

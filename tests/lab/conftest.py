"""One lab of stack `lab`, deployed and booted once for all tests that only look at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
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
    folder: Path = field(default=ROOT / "build/lab" / NAME)

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.folder / "report.json").read_text())

    def on(self, node: str, command: str) -> str:
        """What a command prints on a node; the test fails when it cannot run."""
        ran = lab("shell", "--name", self.name, "--node", node, "--command", command)
        assert ran.returncode == 0, f"{node}: {command}: {ran.stderr}"
        return ran.stdout


@pytest.fixture(scope="session")
def running() -> Iterator[RunningLab]:
    ran = lab("up", "--stack", "lab", "--name", NAME, "--engine", "sdk")
    try:
        assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
        yield RunningLab(NAME, ran.stdout)
    finally:
        lab("down", "--name", NAME)

"""The lab's own engine, run as the lab runs it: a child process for each `up` and `destroy`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One stack, deployed from a folder of its own."""

    folder: Path
    """Where its clouds, state and reports are; another stack may share the clouds (`store`)."""
    program: Path
    stack: str
    stack_file: Path
    store: Path
    more: tuple[str, ...] = ()
    """Further arguments: `--world`, `--beside`."""
    packages: Path = CHECKOUT
    """Where the program finds components."""

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Runs the engine once."""
        self.folder.mkdir(exist_ok=True)
        argv = [sys.executable, "-m", "lab.engine", command, "--stack", self.stack, "--stack-file", self.stack_file]
        argv += ["--store", self.store, "--state", self.folder / "state.json", "--out", self.folder]
        argv += ["--program", self.program, *self.more]
        environment = {**os.environ, "PYTHONPATH": os.fspath(self.packages)}
        return subprocess.run(argv, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def done(self, command: str) -> dict[str, str]:
        """Runs the engine, which must succeed, and returns what it did by URN."""
        finished = self.run(command)
        assert finished.returncode == 0, finished.stderr
        return {step["urn"]: step["action"] for step in self.document("steps.json")}

    def document(self, name: str) -> Any:
        """A JSON file the engine wrote."""
        return json.loads((self.folder / name).read_text())

    def resources(self) -> dict[str, dict[str, Any]]:
        """What programs made in the clouds, by URN."""
        return {r["urn"]: r for r in self.document("clouds.json")["resources"] if r["urn"]}

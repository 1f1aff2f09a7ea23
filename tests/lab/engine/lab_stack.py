"""The whole program deployed by the lab's own engine, in a folder of its own, from variations of stack `lab`."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab.engine import child

ROOT = Path(__file__).resolve().parents[3]
PREFIX = "urn:pulumi:lab::flets-to-vpc::flets-to-vpc:index:"

Change = Callable[[dict[str, Any]], object]
"""Edits `path` of the stack file in place."""


@dataclass(frozen=True)
class Ran:
    """A run that ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Stack:
    """One deployment: store, state and what the engine writes for others."""

    folder: Path

    def copy(self, folder: Path) -> Stack:
        """Another deployment that goes on from this one."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Stack(folder)

    def run(self, verb: str, change: Change | None = None, *, fault: str = "") -> Ran:
        """Runs the engine; `fault` as in `child.run`."""
        document = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())
        if change is not None:
            change(document["config"]["flets-to-vpc:path"])
        self.folder.mkdir(parents=True, exist_ok=True)
        stack_file, said = self.folder / "stack.yaml", self.folder / "said"
        stack_file.write_text(yaml.safe_dump(document))
        argv = [verb, "--stack", "lab", "--stack-file", os.fspath(stack_file), "--program", os.fspath(ROOT)]
        argv += ["--store", os.fspath(self.folder / "store.db"), "--state", os.fspath(self.folder / "state.json")]
        code = child.run([*argv, "--out", os.fspath(self.folder)], said, fault)
        return Ran(code, said.read_text(), (self.folder / "said.errors").read_text())

    def done(self, verb: str, change: Change | None = None) -> str:
        """The table of steps of a run that must succeed."""
        finished = self.run(verb, change)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def actions(self) -> dict[str, str]:
        """What the last run did, by URN without its constant beginning."""
        steps = json.loads((self.folder / "steps.json").read_text())
        return {step["urn"].removeprefix(PREFIX): step["action"] for step in steps}

    def resources(self) -> list[dict[str, Any]]:
        """All that both clouds hold."""
        return json.loads((self.folder / "clouds.json").read_text())["resources"]

    def owners(self) -> list[str]:
        """What the owner had, byte for byte."""
        return [json.dumps(resource) for resource in self.resources() if not resource["urn"]]

    def made(self) -> set[str]:
        """URNs of all that the program made, as the clouds hold it."""
        return {resource["urn"] for resource in self.resources() if resource["urn"]}

    def known(self) -> set[str]:
        """URNs of all cloud resources that the state knows."""
        entries = json.loads((self.folder / "state.json").read_text())["resources"]
        return {e["urn"] for e in entries if e["id"] and not e["type"].startswith("pulumi:providers:")}

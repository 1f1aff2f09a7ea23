"""One deployment of stack `lab` by the Pulumi CLI and two by our engine, shared by all tests that compare them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from lab.engine.deployment import Deployment
from lab.engine.project import Project, lacking

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 900
"""A loaded machine is slow; nothing here measures time."""


@dataclass(frozen=True)
class Engine:
    """One stack, driven by one of the engines."""

    kind: str
    folder: Path
    program: Path = ROOT

    @property
    def deployment(self) -> Deployment:
        state = self.folder / ("pulumi" if self.kind == "cli" else "state.json")
        return Deployment(
            program=self.program, stack="lab", store=self.folder / "store.db", state=state, out=self.folder
        )

    def argv(self, command: str, config: dict[str, Any]) -> list[str]:
        """The command line of one run."""
        stated = self.folder / "stack.yaml"
        stated.write_text(json.dumps(config))
        deployment = self.deployment
        argv = [sys.executable, "-m", "lab.engine", command, "--engine", self.kind, "--stack", "lab"]
        argv += ["--stack-file", os.fspath(stated), "--program", os.fspath(self.program)]
        argv += ["--store", os.fspath(deployment.store), "--state", os.fspath(deployment.state)]
        return [*argv, "--out", os.fspath(self.folder)]

    def run(self, command: str, config: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Runs it once."""
        return subprocess.run(
            self.argv(command, config), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )

    def done(self, command: str, config: dict[str, Any]) -> str:
        """Runs it, which must succeed, and returns the table of what changed, sorted."""
        finished = self.run(command, config)
        assert finished.returncode == 0, finished.stderr
        return "\n".join(sorted(finished.stdout.splitlines()))

    def pulumi(self, *words: str) -> str:
        """All that a command of the CLI prints."""
        project = Project(self.deployment)
        ran = subprocess.run(
            project.command(words), cwd=project.folder, env=project.environment(), capture_output=True, text=True,
            timeout=PATIENCE_S, check=True,
        )  # fmt: skip
        return ran.stdout + ran.stderr


def stated() -> dict[str, Any]:
    """Stack `lab` as it is committed."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())
    return config


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Stack `lab` with a change to its path."""
    config = stated()
    change(config["config"]["flets-to-vpc:path"])
    return config


def repository_status() -> str:
    """What git sees changed in the repository."""
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


class Absent(pytest.Module):
    """Tests that this machine cannot run, skipped as one."""

    def collect(self) -> NoReturn:
        pytest.skip(f"not on PATH: {', '.join(lacking())}")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Skips the tests of this folder where the Pulumi CLI is absent."""
    return Absent.from_parent(parent, path=module_path) if lacking() else None


@pytest.fixture(scope="session")
def before() -> str:
    """The repository as it was before the first deployment."""
    return repository_status()


@pytest.fixture(scope="session")
def cli(before: str, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Stack `lab`, deployed by the Pulumi CLI."""
    engine = Engine("cli", tmp_path_factory.mktemp("cli"))
    engine.done("up", stated())
    return engine


@pytest.fixture(scope="session")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Stack `lab`, deployed by our engine."""
    engine = Engine("sdk", tmp_path_factory.mktemp("sdk"))
    engine.done("up", stated())
    return engine

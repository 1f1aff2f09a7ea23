"""What both engines take and answer: where a stack is deployed, and how a run fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lab.clouds.store import Store
from lab.engine.stack_file import StackFile, project_of
from lab.engine.steps import Step

Seed = Callable[[Store], None]
"""Makes in the emulated clouds what the owner had before."""


class ProgramRefused(Exception):
    """The program itself said no, before it registered anything in a cloud; its own words."""


class DeploymentFailed(Exception):
    """A cloud said no; what exists is in the state, and the next run goes on from there. One line per resource."""


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """Where one stack is deployed."""

    program: Path
    """Folder of `__main__.py`."""
    stack: str
    store: Path
    state: Path
    """What the engine remembers: a file for ours, a folder for the Pulumi CLI."""
    out: Path
    """Folder for clouds.json, outputs.json and steps.json."""
    beside: tuple[Path, ...] = ()
    """Our engine's states of the other stacks on the same clouds, which this one may refer to."""

    @property
    def project(self) -> str:
        """The name in the program's Pulumi.yaml."""
        return project_of(self.program)

    def write(self, name: str, document: Any) -> None:
        """Writes one of the results."""
        (self.out / name).write_text(json.dumps(document, indent=1) + "\n")


class Engine(Protocol):
    """What the modules `cli` and `sdk` both are; all but a preview write clouds.json, outputs.json and steps.json."""

    def preview(self, deployment: Deployment, stack_file: StackFile, seed: Seed) -> list[Step]:
        """What `up` would do; writes nothing. Raises ProgramRefused or DeploymentFailed."""

    def up(self, deployment: Deployment, stack_file: StackFile, seed: Seed) -> list[Step]:
        """Brings the clouds to what the program states. Raises ProgramRefused or DeploymentFailed."""

    def destroy(self, deployment: Deployment, stack_file: StackFile) -> list[Step]:
        """Deletes all that the program made. Raises DeploymentFailed."""

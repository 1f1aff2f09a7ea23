"""`update` and `destroy`: a lab's stack changes while its routers run, as it would in a real cloud."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import deploy
from lab.errors import LabFault
from lab.supervisor import control, launch
from lab.supervisor.folder import LabFolder, Run

FOLLOWS_WITHIN_S = 1800.0
"""A change of every router takes them one after another; a loaded machine is slow."""


def update(folder: LabFolder, stated: Path | None, world: Path | None) -> tuple[str, dict[str, Any]]:
    """Deploys what the stack file says now into a running lab; the table of steps and the new report.

    `stated` is the stack's own file where none is given. Raises BadInput with everything the program refuses, and
    nothing has changed then; LabFault when a cloud refuses: what it did before is kept, the next update goes on.
    """
    started_s = time.monotonic()
    with launch.only_one(folder):
        run = _deployed(folder)
        if not launch.is_running(folder):
            raise LabFault(f"lab {folder.name}: does not run; start it with make lab NAME={folder.name}")
        stack_file = stated or deploy.stack_file(run.stack)
        table = deploy.update(folder, run.engine, run.stack, stack_file, world)
        deployed_s = time.monotonic()
        run = replace(run, started_s=started_s, deploy_s=deployed_s - started_s, stand_ins=deploy.stand_ins(stack_file))
        run.save(folder)
        report: dict[str, Any] = control.ask(folder, "update", timeout_s=FOLLOWS_WITHIN_S)["report"]
    return table, report


def destroy(folder: LabFolder) -> str:
    """Deletes all that the stack made in a lab's clouds, ends the lab, and returns the table of steps.

    Raises LabFault for what a cloud refuses; a lab that runs goes on then.
    """
    with launch.only_one(folder):
        run = _deployed(folder)
        table = deploy.destroy(folder, run.engine, run.stack)
        launch.end(folder)
    return table


def _deployed(folder: LabFolder) -> Run:
    if not any((folder / state).exists() for state in deploy.STATES.values()):
        raise LabFault(f"lab {folder.name}: was never deployed; make lab NAME={folder.name} does")
    return Run.load(folder)

"""`up`: from a stack file to a proved, running lab."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import deploy, stated
from lab.errors import LabFault
from lab.machine import install_packages, probe
from lab.supervisor import launch
from lab.supervisor.folder import LabFolder, Run


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asked for."""

    stack: str
    name: str
    engine: str
    clouds: Path | None
    """A `clouds.json` to boot instead of deploying."""
    world: Path | None


def up(wish: Wish, tell: Callable[[str, str], None]) -> dict[str, Any]:
    """Starts the lab and returns its report. Raises LabError, and leaves nothing running then."""
    started_s = time.monotonic()
    engine = deploy.engine(wish.engine)
    folder = LabFolder(wish.name)
    tell("machine", "checking this machine")
    install_packages()
    tools = probe()
    with launch.only_one(folder):
        memory_mib = _bring_in(folder, wish, engine, tell)
        deployed_s = time.monotonic()
        Run(
            stack=deploy.stack_name(wish.stack),
            engine=engine,
            wireguard=tools.wireguard,
            gre=tools.gre,
            stand_ins=deploy.stand_ins(deploy.stack_file(wish.stack)),
            started_s=started_s,
            deploy_s=deployed_s - started_s,
            deploy_memory_mib=memory_mib,
        ).save(folder)
        (folder / "report.json").unlink(missing_ok=True)
        _follow(folder, tell)
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def _bring_in(folder: LabFolder, wish: Wish, engine: str, tell: Callable[[str, str], None]) -> int:
    """Puts what the lab boots from into its folder; ends the lab that ran there only when all of it is good."""
    if wish.clouds is None:
        tell("deploy", f"deploying stack {wish.stack} ({engine})")
        memory_mib = deploy.deploy(folder, wish.stack, wish.world, engine)
        launch.end(folder, keep_incoming=True)
        deploy.take_over(folder)
        return memory_mib
    edited = stated.read(folder, wish.clouds, wish.world)
    launch.end(folder)
    edited.save(folder)
    return 0


def _follow(folder: LabFolder, tell: Callable[[str, str], None]) -> None:
    """Starts the lab and passes on its progress. Raises LabFault when it ends before it is ready."""
    for event in launch.start(folder):
        if event.stage == "ready":
            return
        if event.stage == "failed":
            raise LabFault(event.text)
        tell(event.stage, event.text)
    log = (folder / "lab.log").read_text(errors="replace").strip().splitlines()
    raise LabFault(f"lab {folder.name} ended while it was starting: {' / '.join(log[-3:]) or 'it said nothing'}")

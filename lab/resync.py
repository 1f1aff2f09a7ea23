"""`resync`: a running lab follows an edited `clouds.json` or another world, without being booted anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab import stated
from lab.errors import BadInput
from lab.supervisor import control
from lab.supervisor.folder import LabFolder

ANSWERS_WITHIN_S = 300.0


def resync(folder: LabFolder, clouds: Path | None, world: Path | None, rebuild: tuple[str, ...]) -> dict[str, Any]:
    """Makes the change in the running lab and returns its report; what is not given is as the lab's folder has it.

    `rebuild` names routers that boot from new disks, for a running machine does not read its user data, note and keys
    again. Raises BadInput before anything is changed, LabFault when no lab runs.
    """
    running = control.ask(folder, "status")["routers"]
    change = stated.read(folder, clouds, world)
    # One that does not run may be what the change brings back.
    known = sorted({*running, *json.loads((folder / "outputs.json").read_text())["routers"]})
    if unknown := [name for name in rebuild if name not in known]:
        raise BadInput([f"{name!r}: no such router (REBUILD); there are: {', '.join(known)}" for name in unknown])
    change.save(folder)
    report: dict[str, Any] = control.ask(folder, "resync", timeout_s=ANSWERS_WITHIN_S, rebuild=rebuild)["report"]
    return report

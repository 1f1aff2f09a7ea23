"""What the routers' agents cost."""

from __future__ import annotations

import os
from collections.abc import Mapping

from lab.drills.faults.daemons import WATCH_UNIT
from lab.errors import LabFault
from lab.nodes import Booted
from lab.proof.scene import Scene

STAT = f"cat /proc/$(systemctl show --property=MainPID --value {WATCH_UNIT})/stat"
USER, SYSTEM = 11, 12
"""Places in proc_pid_stat(5) behind the name, which may hold spaces."""


def used_s(scene: Scene) -> dict[str, float]:
    """By router: the processor time that its resident process has used so far. Raises LabFault where none runs."""
    return {name: _used_s(booted) for name, booted in scene.booted.items()}


def _used_s(booted: Booted) -> float:
    said = booted.run(["sh", "-c", STAT])
    if said.returncode:
        raise LabFault(f"{booted.name}: {WATCH_UNIT} does not run: {said.stderr.strip()}")
    fields = said.stdout.rpartition(")")[2].split()
    return (int(fields[USER]) + int(fields[SYSTEM])) / os.sysconf("SC_CLK_TCK")


def percent(before: Mapping[str, float], after: Mapping[str, float], span_s: float) -> float:
    """Of one processor, the most that one of them used in a span of time."""
    return round(100 * max((after[name] - before[name] for name in before if name in after), default=0.0) / span_s, 2)

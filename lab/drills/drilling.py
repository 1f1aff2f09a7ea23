"""What a running lab answers to the command line that drills it: one run a request."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from lab.drills import evidence
from lab.drills.drill import Drill, Ends, ends_in
from lab.drills.faults.fault import Breakable
from lab.drills.profiles import FOLDER
from lab.drills.rows import CHAOS, Row, row
from lab.errors import LabFault
from lab.supervisor.folder import CHECKOUT

LEFT = FOLDER / "left"
"""What the last run left behind that did not end as it should."""


class Drilling:
    """Runs on one lab, in the order in which they are asked for."""

    def __init__(self, lab: Breakable) -> None:
        self._lab = lab
        self._drill = Drill(lab)

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The run that `row`, `number` and `is_bgp` name, or with `of_sizes` what the path carries in it.

        Where it ends otherwise than it should, what the routers say then is kept. Raises LabFault where nothing can be
        measured.
        """
        try:
            line = self._line(request)
        except LabFault:
            evidence.keep(self._lab.scene(), LEFT)
            raise
        kept = evidence.keep(self._lab.scene(), LEFT) if line["not_as_before"] else None
        return line | ({"kept": str(kept.relative_to(CHECKOUT))} if kept else {})

    def _line(self, request: Mapping[str, Any]) -> dict[str, Any]:
        wanted, number = row(request["row"]), int(request["number"])
        if lacks := self._lacks(wanted):
            return {"valid": False, "skipped": True, "why": lacks, "instance": "", "not_as_before": []}
        self._drill.prepare(int(request["gateway_reaction_s"]))
        scene, is_bgp = self._lab.scene(), bool(request["is_bgp"])
        if not wanted.instances:
            ends, seed = ends_in(scene, is_bgp=is_bgp), str(request["seed"])
            if wanted is CHAOS:
                return _named(f"seed {seed}", ends) | self._drill.chaos(seed, ends)
            return _named("", ends) | self._drill.undisturbed(wanted, ends)
        fault = wanted.instances[number % len(wanted.instances)]
        ends = ends_in(scene, is_bgp=is_bgp, not_in_zone_of=fault.instance if wanted.takes_a_zone else "")
        made = self._drill.sizes if request["of_sizes"] else self._drill.run
        return _named(fault.instance, ends) | made(wanted, fault, ends)

    def _lacks(self, wanted: Row) -> str:
        """Why a row cannot be done here; empty where it can."""
        for name, booted in self._lab.scene().booted.items():
            if wanted.needs and booted.run(wanted.needs).returncode:
                return f"{name}: `{shlex.join(wanted.needs)}` does not succeed"
        return ""


def _named(instance: str, ends: Ends) -> dict[str, Any]:
    return {"instance": instance, "site": ends.site.hop, "vpc": ends.vpc.hop}

"""Hears what the routers and the gateway do during a run, for its stamps: cheaply, for probes are on their way."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.drills import stamps
from lab.drills.faults.fault import Breakable
from lab.drills.probes.changes import BFD
from lab.drills.probes.record import read_changes
from lab.fabric.blueprint import Program
from lab.fabric.programs import Programs
from lab.nodes import Booted

PROGRAM = "changes"
UNITS = ("frr", "flets-to-vpc-watch", "keepalived")
FIELDS = "MESSAGE,_SOURCE_REALTIME_TIMESTAMP"
BFDD = "/proc/{pid}/root/run/frr/bfdd.sock"
"""Of the router whose systemd has this number."""


class Witness:
    """Of one run: kernels and bfdds tell of their changes meanwhile, and the journals are read at its end."""

    def __init__(self, folder: Path, lab: Breakable) -> None:
        self._folder, self._lab = folder, lab
        scene = lab.scene()
        nodes, gateways = scene.fabric.nodes, scene.fabric.gateways
        self._places = {node.netns: node.name for node in nodes} | dict.fromkeys(gateways, stamps.GATEWAY)
        self._bfdds = {name: BFDD.format(pid=booted.pid) for name, booted in scene.booted.items()}
        self._addresses = {str(node.internet.address.ip) for node in nodes if node.internet.address}
        self._tables: list[stamps.Moment] = []
        self._siblings: list[stamps.Moment] = []
        self._said: list[stamps.Moment] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listens meanwhile. Raises LabFault when it cannot."""
        shutil.rmtree(self._folder, ignore_errors=True)
        programs, started_s = Programs(self._folder), time.time()
        try:
            programs.start(self._program())
            yield
        finally:
            programs.stop_all()
        changes, spaces = list(read_changes(self._file)), len(self._places)
        of_bfdds = ((at_ns, place - spaces, told) for at_ns, place, told in changes if place >= spaces)
        self._tables = stamps.of_tables((one for one in changes if one[1] < spaces), list(self._places.values()))
        self._siblings = stamps.of_siblings(of_bfdds, list(self._bfdds), self._addresses)
        booted = self._lab.scene().booted.values()
        self._said = [moment for one in booted for moment in stamps.of_journal(one.name, _journal(one, started_s))]

    def stamps(self, since_ns: int, until_ns: int, without: Collection[str] = ()) -> dict[str, Any]:
        """Of a span of the run; `without` routers that were not to react, for they are broken themselves."""
        kinds = (self._tables, self._siblings, self._said)
        tables, siblings, said = ([one for one in kind if one.where not in without] for kind in kinds)
        return stamps.stamps(tables, siblings, said, since_ns, until_ns)

    @property
    def _file(self) -> Path:
        return self._folder / PROGRAM

    def _program(self) -> Program:
        listened = (*self._places, BFD, *self._bfdds.values())
        argv = (sys.executable, "-m", "lab.drills.probes.changes", str(self._file), *listened)
        netns = next(iter(self._places))
        return Program(name=PROGRAM, netns=netns, argv=argv, ready_path=str(self._file), is_real_time=True)


def _journal(router: Booted, since_s: float) -> str:
    """What was said since then; a router with a new disk has forgotten what it said on the old one."""
    units = (f"--unit={unit}" for unit in UNITS)
    asked = ("journalctl", "--output=json", f"--output-fields={FIELDS}", f"--since=@{int(since_s)}", "--quiet", *units)
    return router.run(asked).stdout

"""A stream of probes between a site and a VPC, both ways at once."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.drills.measure import Direction
from lab.drills.probes.record import FLOWS, PER_SECOND, flow_of, read_arrivals, read_sent
from lab.errors import LabFault
from lab.fabric.blueprint import Program
from lab.fabric.programs import Programs
from lab.proof.flows import Endpoint

LAST_WAIT_S = 0.5
"""What is on its way when the senders end gets to arrive."""
STARTS_WITHIN_S = 30.0
AT_LEAST_S = 2.0
"""What is done to a path is looked at for so long, also where nothing was lost."""
AT_MOST_S = 45.0
"""Longer than the gateway's hold time: a direction that is black until then is measured to its end."""
LOOK_EVERY_S = 0.1
FEWEST_OF_ALL = 0.98
"""Of the probes of the last second: fewer is a flow that still loses."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One direction of a stream."""

    name: str
    """`forward`, from site to VPC, or `backward`."""
    source: Endpoint
    target: Endpoint


class Stream:
    """Probes on their way; they are in numbers of `Direction` once it has ended."""

    def __init__(self, folder: Path, site: Endpoint, vpc: Endpoint) -> None:
        self._folder = folder
        self._ways = (
            Way(name="forward", source=site, target=vpc),
            Way(name="backward", source=vpc, target=site),
        )
        self._read = {way.name: 0 for way in self._ways}
        self._last: dict[str, list[tuple[int, int]]] = {way.name: [] for way in self._ways}
        self.directions: dict[str, Direction] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Probes flow meanwhile; `directions` holds them afterwards. Raises LabFault when none arrives."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        programs = Programs(self._folder)
        try:
            for way in self._ways:
                programs.start(self._receiver(way))
            for way in self._ways:
                programs.start(self._sender(way))
            self._await_all_flows()
            yield
            for way in self._ways:
                programs.stop(f"send-{way.name}")
            time.sleep(LAST_WAIT_S)
        finally:
            programs.stop_all()
        self.directions = {way.name: self._direction(way) for way in self._ways}

    def flows_again(self) -> bool:
        """Waits until every flow arrives; False when that took too long."""
        started = time.monotonic()
        while time.monotonic() - started < AT_MOST_S:
            time.sleep(LOOK_EVERY_S)
            if self.flows_freely() and time.monotonic() - started >= AT_LEAST_S:
                return True
        return False

    def flows_freely(self, for_s: float = 1.0) -> bool:
        """Whether in both directions every flow has arrived whole for so long, as far as receivers can tell by now."""
        return all(self._flows_freely(way, for_s) for way in self._ways)

    def _flows_freely(self, way: Way, for_s: float) -> bool:
        arrivals = read_arrivals(self._arrivals(way), self._read[way.name])
        self._read[way.name] += len(arrivals)
        since_ns = time.monotonic_ns() - int(for_s * 1e9)
        self._last[way.name] = [(at, number) for at, number in self._last[way.name] + arrivals if at >= since_ns]
        numbers = {number for _, number in self._last[way.name]}
        by_flow = [0] * FLOWS
        for number in numbers:
            by_flow[flow_of(number)] += 1
        return min(by_flow) >= FEWEST_OF_ALL * for_s * PER_SECOND / FLOWS - 1

    def _await_all_flows(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self.flows_freely():
            if time.monotonic() > deadline:
                ends = " and ".join(way.source.hop for way in self._ways)
                raise LabFault(f"probes between {ends} do not all arrive before anything was broken")
            time.sleep(0.1)

    def _direction(self, way: Way) -> Direction:
        return Direction(sent=read_sent(self._sent(way)), arrivals=read_arrivals(self._arrivals(way)))

    def _arrivals(self, way: Way) -> Path:
        return self._folder / f"{way.name}.arrivals"

    def _sent(self, way: Way) -> Path:
        return self._folder / f"{way.name}.sent"

    def _receiver(self, way: Way) -> Program:
        file = self._arrivals(way)
        argv = (sys.executable, "-m", "lab.drills.probes.receive", way.target.address, str(file))
        return self._program(f"receive-{way.name}", way.target.netns, argv, ready_path=str(file))

    def _sender(self, way: Way) -> Program:
        argv = (sys.executable, "-m", "lab.drills.probes.send", way.source.address, way.target.address)
        return self._program(f"send-{way.name}", way.source.netns, (*argv, str(self._sent(way))))

    @staticmethod
    def _program(name: str, netns: str, argv: tuple[str, ...], ready_path: str | None = None) -> Program:
        return Program(name=name, netns=netns, argv=argv, ready_path=ready_path, is_real_time=True)

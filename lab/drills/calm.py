"""Whether everything is as it was before anything was broken.

The routers are asked for their own status, the gateway for what it forwards by, and AWS for the locks of the pairs:
a look must be cheap, for probes are on their way meanwhile.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from lab.drills.faults.fault import Breakable
from lab.errors import LabFault
from lab.fabric.observe import GatewayRoute
from lab.proof.redundancy import ESTABLISHED
from lab.proof.scene import Scene

LOOK_EVERY_S = 0.5
TWICE = 2
"""Looks in a row that must agree: what comes and goes is not back."""
STATUS_WITHIN_S = 120.0
STATES = {"draining": "asks the others for another way", "withheld": "withholds what it announces across its tunnels"}
"""Of `watch` in a router's status, and in words."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """A lab at one moment: what a fault may change and a mending must bring back."""

    down: tuple[str, ...]
    """Router or hop, and what it lacks."""
    virtual_ip_holders: tuple[str, ...]
    tables: Mapping[str, tuple[GatewayRoute, ...]]
    """What the gateway forwards by: a sibling that has taken over is seen here."""
    states: tuple[str, ...] = ()
    """Router, and what it does beside carrying its own part: takeover, drain, prefixes withheld."""
    locks: tuple[str, ...] = ()
    """Parameters that routers wrote: a pair's roll-out lock is there while one of them stops."""

    def differences(self, before: Look) -> tuple[str, ...]:
        """What is not as it was, in words."""
        found = [words for words in self.down if words not in before.down]
        found += _compared(self.states, before.states)
        found += (f"parameter {words}" for words in _compared(self.locks, before.locks))
        for table in sorted(self.tables.keys() | before.tables.keys()):
            now, then = map(_words, self.tables.get(table, ())), map(_words, before.tables.get(table, ()))
            found += (f"{table}: {words}" for words in _compared(now, then))
        if self.virtual_ip_holders != before.virtual_ip_holders:
            found.append(f"the virtual address is at {' and '.join(self.virtual_ip_holders) or 'no router'}")
        return tuple(found)


def _compared(now: Iterable[str], then: Iterable[str]) -> Iterator[str]:
    known, held = set(then), set(now)
    yield from (f"{words} was not there" for words in sorted(held - known))
    yield from (f"{words} is gone" for words in sorted(known - held))


def _words(route: GatewayRoute) -> str:
    return f"{route.destination} by {', '.join(route.next_hops)}"


def look(lab: Breakable) -> Look:
    """The lab as it is now. Raises LabFault when the gateway or AWS does not answer."""
    scene = lab.scene()
    with ThreadPoolExecutor() as pool:
        told = dict(zip(scene.routers, pool.map(lambda name: _status(scene, name), scene.routers), strict=True))
    sessions, tables = scene.fabric.gateway_state()
    return Look(
        down=(
            *(f"{router}: {lacks}" for router, said in told.items() for lacks in said["down"]),
            *(f"gre:{s.router}: {s.address} is {s.state}" for s in sessions if s.state != ESTABLISHED),
        ),
        virtual_ip_holders=tuple(name for name, said in told.items() if (said["virtual_ip"] or {}).get("held")),
        tables=tables,
        states=tuple(f"{router}: {words}" for router, said in told.items() for words in states(said["watch"] or {})),
        locks=lab.written_parameters(),
    )


def states(watch: Mapping[str, Any]) -> Iterator[str]:
    """What a router's agent does beside carrying its own part, in words."""
    if watch.get("takeover"):
        yield f"takeover of {', '.join(watch['takeover'])}"
    yield from (words for key, words in STATES.items() if watch.get(key))


def _status(scene: Scene, router: str) -> dict[str, Any]:
    """What a router says of itself; one that does not run, or has no bundle yet, is down and says nothing else."""
    booted = scene.booted.get(router)
    try:
        said = booted.run(["flets-to-vpc", "status", "--json"], timeout_s=STATUS_WITHIN_S).stdout if booted else ""
        return dict(json.loads(said))
    except (LabFault, ValueError):
        return {"down": ["tells no status"], "virtual_ip": None, "watch": None}


def wait(lab: Breakable, before: Look, within_s: float) -> tuple[str, ...]:
    """Waits until everything is as it was; nothing then, or what is not when the time is up."""
    deadline = time.monotonic() + within_s
    agreed = 0
    while True:
        differences = look(lab).differences(before)
        agreed = 0 if differences else agreed + 1
        if agreed == TWICE or (differences and time.monotonic() > deadline):
            return differences
        time.sleep(LOOK_EVERY_S)

"""What must not happen while nothing is broken, whether or not a packet was lost: a session that goes down, a router
that judges itself anew, a virtual address that moves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from lab.drills import frr
from lab.nodes import Booted
from lab.proof.facts import WATCH_FILE
from lab.proof.scene import Scene

BFD = "show bfd peers counters json"
EVERY_LINE = 1_000_000
VRRP_MOVES = "Entering "
"""keepalived's word for another state: `Entering BACKUP STATE`."""


def read(scene: Scene) -> dict[str, int]:
    """By what it is of, in words: how often it has happened since the daemon that counts started. Raises LabFault."""
    return {
        f"{name}: {what}": count for name, booted in sorted(scene.booted.items()) for what, count in _counts(booted)
    }


def _counts(booted: Booted) -> Iterator[tuple[str, int]]:
    for peer in frr.ask(booted, BFD):
        yield f"BFD to {peer['peer']} went down", int(peer["session-down"])
    for address, told in frr.ask(booted, frr.BGP).items():
        yield f"BGP to {address} went down", int(told["connectionsDropped"])
    judged = booted.run(["cat", WATCH_FILE]).stdout
    yield from ((f"judged `{move}`", count) for move, count in json.loads(judged or "{}").get("moves", {}).items())
    yield "virtual address moved", sum(VRRP_MOVES in line for line in booted.journal("keepalived", EVERY_LINE))


def since(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """What happened between two readings; a count that is gone, or begins anew, went with its daemon."""
    changed = [name for name, count in before.items() if after.get(name, -1) != count]
    changed += [name for name, count in after.items() if name not in before and count]
    return [f"{name}: {before.get(name, 0)} times before, {after.get(name, 'gone')} after" for name in changed]

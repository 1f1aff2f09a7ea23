"""How often sessions went down: what must not happen while nothing is broken, whether or not a packet was lost."""

from __future__ import annotations

from collections.abc import Mapping

from lab.drills import frr
from lab.proof.scene import Scene

BFD = "show bfd peers counters json"


def read(scene: Scene) -> dict[str, int]:
    """By session, in words: how often it has gone down since its daemon started. Raises LabFault."""
    found: dict[str, int] = {}
    for name, booted in sorted(scene.booted.items()):
        bfd, bgp = frr.ask(booted, BFD), frr.ask(booted, frr.BGP)
        found |= {f"{name}: BFD to {peer['peer']}": int(peer["session-down"]) for peer in bfd}
        found |= {f"{name}: BGP to {peer}": int(told["connectionsDropped"]) for peer, told in bgp.items()}
    return found


def since(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Sessions that went down between two readings; one that is gone, or counts anew, went down with its daemon."""
    changed = (name for name, count in before.items() if after.get(name, -1) != count)
    return [f"{name}: {before[name]} times down before, {after.get(name, 'gone')} after" for name in changed]

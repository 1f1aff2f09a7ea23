"""How often sessions went down: what must not happen while nothing is broken, whether or not a packet was lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lab.errors import LabFault
from lab.nodes import Booted
from lab.proof.scene import Scene

BFD = "show bfd peers counters json"
BGP = "show bgp neighbors json"


def read(scene: Scene) -> dict[str, int]:
    """By session, in words: how often it has gone down since its daemon started. Raises LabFault."""
    found: dict[str, int] = {}
    for name, booted in sorted(scene.booted.items()):
        bfd, bgp = _ask(booted, BFD), _ask(booted, BGP)
        found |= {f"{name}: BFD to {peer['peer']}": int(peer["session-down"]) for peer in bfd}
        found |= {f"{name}: BGP to {peer}": int(told["connectionsDropped"]) for peer, told in bgp.items()}
    return found


def since(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """Sessions that went down between two readings; one that is gone, or counts anew, went down with its daemon."""
    changed = (name for name, count in before.items() if after.get(name, -1) != count)
    return [f"{name}: {before[name]} times down before, {after.get(name, 'gone')} after" for name in changed]


def _ask(booted: Booted, words: str) -> Any:
    said = booted.run(["vtysh", "-c", words])
    try:
        return json.loads(said.stdout)
    except ValueError as fault:
        raise LabFault(f"{booted.name}: vtysh: {said.stderr.strip() or said.stdout.strip()}") from fault

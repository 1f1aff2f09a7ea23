"""Packets that went in circles: a router that drops one because its time to live has run out counts it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lab.proof.netns import inside

COUNTERS = Path("/proc/thread-self/net/snmp")
COUNTER = "InHdrErrors"
"""Of RFC 4293, which counts a time to live that has run out among the bad headers."""


def read(namespaces: Iterable[str]) -> dict[str, int]:
    """How many each router has dropped since its namespace was made; one that is not there has none."""
    found = {}
    for netns in namespaces:
        with suppress(OSError), inside(netns):
            found[netns] = expired(COUNTERS.read_text())
    return found


def expired(text: str) -> int:
    """The counter in what the kernel says: a line of names, and below it one of values."""
    names, values = (line.split() for line in text.splitlines() if line.startswith("Ip:"))
    return int(dict(zip(names, values, strict=True))[COUNTER])


def since(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """How many were dropped between two readings, and where; a router that booted meanwhile began at none."""
    began = {netns: before.get(netns, 0) if count >= before.get(netns, 0) else 0 for netns, count in after.items()}
    return {netns: count - began[netns] for netns, count in after.items() if count > began[netns]}


def line(dropped: Mapping[str, int]) -> dict[str, Any]:
    """As a run's line holds it."""
    return {"looped": sum(dropped.values()), "looped_at": dict(dropped)}

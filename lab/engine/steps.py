"""What a run did to each resource."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

SAME, CREATED, UPDATED, REPLACED, DELETED = "same", "created", "updated", "replaced", "deleted"


@dataclass(frozen=True)
class Step:
    """One resource's fate in a run."""

    urn: str
    action: str
    changed: tuple[str, ...] = ()
    """Properties that differ, for an update or replacement."""


def table(steps: list[Step]) -> str:
    """One line per change, then how many of each there were: `0 created, 0 updated, ..., 120 same`."""
    changes = (CREATED, UPDATED, REPLACED, DELETED)
    lines = [
        " ".join([f"{step.action:<8}", step.urn, *([f"[{', '.join(step.changed)}]"] if step.changed else [])])
        for action in changes
        for step in steps
        if step.action == action
    ]
    counts = Counter(step.action for step in steps)
    return "\n".join([*lines, ", ".join(f"{counts[action]} {action}" for action in (*changes, SAME))])

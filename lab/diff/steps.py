"""What the engine did to each resource, as rows that a reviewer reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from lab.engine.steps import CREATED, DELETED, REPLACED, SAME, UPDATED

ORDER = (REPLACED, DELETED, UPDATED, CREATED)
"""What can hurt comes first."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that does not stay as it is."""

    action: str
    urn: str
    kind: str
    """Type token as in the program: `aws:ec2/vpc:Vpc`."""
    name: str
    """Its logical name below its parents: `routers/aws-a`."""
    changed: tuple[str, ...]
    """Properties that differ."""


def changes(steps_file: Path) -> list[Change]:
    """Every step that is no `same`, worst first, then by kind and name."""
    found = [_change(step) for step in json.loads(steps_file.read_text()) if step["action"] != SAME]
    return sorted(found, key=lambda change: (ORDER.index(change.action), change.kind, change.name))


def _change(step: dict[str, object]) -> Change:
    urn, changed = str(step["urn"]), step.get("changed") or ()
    assert isinstance(changed, list | tuple)
    _, _, types, name = urn.removeprefix("urn:pulumi:").split("::", 3)
    kind = types.rsplit("$", 1)[-1]
    return Change(
        action=str(step["action"]), urn=urn, kind=kind, name=name, changed=tuple(str(each) for each in changed)
    )

"""What the Pulumi CLI says while it works, one JSON event a line, as steps and refusals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from lab.engine.steps import CREATED, DELETED, REPLACED, SAME, UPDATED, Step

STACK = "pulumi:pulumi:Stack"
_ACTIONS = {
    "same": SAME,
    "create": CREATED,
    "import": CREATED,
    "update": UPDATED,
    "refresh": SAME,
    "create-replacement": REPLACED,
    "delete": DELETED,
}
"""By operation; the other halves of a replacement are left out."""


class Events:
    """The events of one command."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self.errors: list[tuple[str, str]] = []
        """URN, empty where there is none, and what went wrong."""
        self.failed: set[str] = set()
        """URNs of what a cloud refused."""
        self.other: list[str] = []
        """Lines that are no event."""

    @property
    def steps(self) -> list[Step]:
        """What was done, one step a resource, in order."""
        return list(self._steps.values())

    def take(self, lines: Iterable[str]) -> None:
        """Reads what a command said."""
        for line in lines:
            self._take(line)

    def _take(self, line: str) -> None:
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:
            self.other.append(line.rstrip())
            return
        if "resOutputsEvent" in event:
            self._step(event["resOutputsEvent"]["metadata"])
        elif "resOpFailedEvent" in event:
            self.failed.add(event["resOpFailedEvent"]["metadata"]["urn"])
        elif event.get("diagnosticEvent", {}).get("severity") == "error":
            diagnostic = event["diagnosticEvent"]
            self.errors.append((diagnostic.get("urn", ""), diagnostic["message"].strip()))

    def _step(self, metadata: dict[str, Any]) -> None:
        urn, action = metadata["urn"], _ACTIONS.get(metadata["op"])
        changed = tuple(metadata.get("diffs") or ())
        if action is None or is_engines_own(urn):
            return
        # A preview tells of a component twice: when it is registered and when its outputs are.
        self._steps[urn] = Step(urn, action, changed if action in (UPDATED, REPLACED) else ())


def is_engines_own(urn: str) -> bool:
    """Whether the CLI makes this resource by itself: the stack, and default providers."""
    type_, name = urn.split("::")[2:4]
    return type_ == STACK or (type_.startswith("pulumi:providers:") and name.startswith("default"))

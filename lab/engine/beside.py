"""The other stacks on the same clouds: what a stack reference may name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.clouds.store import names_in

ORGANIZATION = "organization"
"""What the CLI's own backends call it too, where there are no organizations."""


def full_name(project: str, stack: str) -> str:
    """`organization/PROJECT/STACK`, as a stack reference states it."""
    return f"{ORGANIZATION}/{project}/{stack}"


class Beside:
    """The last states of those stacks, read once."""

    def __init__(self, states: Iterable[Path]) -> None:
        """Raises OSError or ValueError for a file that is no state."""
        self._documents: list[dict[str, Any]] = [json.loads(path.read_text()) for path in states]

    def outputs(self, name: str, project: str) -> dict[str, Any]:
        """A stack's outputs as JSON, each secret `{"secret": name}`; a plain name is of the same project.

        Raises LookupError with the stacks there are.
        """
        wanted = name if "/" in name else full_name(project, name)
        known = {document["stack"]: document["outputs"] for document in self._documents}
        if wanted not in known:
            raise LookupError(f"no stack {wanted!r} on these clouds; there are: {', '.join(sorted(known)) or 'none'}")
        outputs: dict[str, Any] = known[wanted]
        return outputs

    def secret_names(self) -> set[str]:
        """The secrets that they still refer to."""
        return names_in(self._documents)

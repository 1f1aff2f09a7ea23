"""What is wrong with a stack file, as the operator reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing the operator stated that cannot be built."""

    value: str
    """What was stated, as written."""
    rule: str
    """The rule it breaks, as the rest of a sentence that starts with the value."""
    place: str
    """Where it was stated: `sites[plant-01].prefixes[0]`."""
    way_out: str
    """What to write instead."""

    def __str__(self) -> str:
        return f"{self.place}: {self.value} {self.rule}; {self.way_out}"


class PlanError(Exception):
    """Nothing can be planned. Its text lists every problem, one per line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(map(str, self.problems)))

"""The lab's faults, each with the exit code the command line gives it."""

from __future__ import annotations

from collections.abc import Sequence


class LabError(Exception):
    """Something the lab says in words, without a traceback."""

    exit_code = 1


class LabFault(LabError):
    """What was tried failed: a command, a daemon, a measurement."""


class BadInput(LabError):
    """What the operator stated cannot be used; holds every problem, not only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class MachineLacks(LabError):
    """This machine lacks something the lab needs; each item names it and the way out."""

    exit_code = 3

    def __init__(self, items: Sequence[str]) -> None:
        self.items = tuple(items)
        super().__init__("this machine lacks: " + "; ".join(self.items))

"""The lab that drills are done on, seen from the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab import up
from lab.drills.profiles import lab_name, write_stack_file
from lab.drills.rows import Row
from lab.errors import LabFault
from lab.supervisor import control, launch
from lab.supervisor.folder import LabFolder

ANSWERS_WITHIN_S = 900.0
"""A run with its mending; a loaded machine is slow."""

Tell = Callable[[str], None]
Line = dict[str, Any]


class DrilledLab:
    """The lab of one profile at a time: booted when it is needed, ended when another one is, or by `end`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._profile = ""

    def ask(self, row: Row, **more: object) -> Line:
        """A run's figures; `more`: which of the row's runs, and how. Raises LabFault when it cannot be measured."""
        question = {"gateway_reaction_s": 0, "of_sizes": False, "seed": "", "row": row.name, **more}
        return control.ask(self._folder, "drill", timeout_s=ANSWERS_WITHIN_S, **question)

    def runs(self, profile: str) -> bool:
        """Whether the lab that runs is of this profile."""
        return profile == self._profile

    def end(self) -> None:
        """Ends the lab that runs, if one does."""
        if self._profile:
            launch.end(self._folder)
        self._profile = ""

    def boot(self, profile: str) -> None:
        """Boots the lab of a profile. Raises LabFault when it is not as promised."""
        self.end()
        self._tell(f"booting the lab of profile {profile}")
        wish = up.Wish(
            stack=str(write_stack_file(profile)), name=lab_name(profile), engine="sdk", clouds=None, world=None
        )
        self._profile = profile  # also a lab that is not as promised has to end
        report = up.up(wish, lambda stage, words: None)
        if not report["ok"]:
            lacks = "; ".join(f"{broken['hop']}: {broken['rule']}" for broken in report["broken"])
            raise LabFault(f"the lab of profile {profile} is not as promised: {lacks}")

    @property
    def _folder(self) -> LabFolder:
        return LabFolder(lab_name(self._profile))

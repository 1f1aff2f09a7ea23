"""`drills`: does the runs that are missing, each on a lab of its profile, and keeps every line of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab import up
from lab.drills import plan, report
from lab.drills.plan import Next, Series
from lab.drills.profiles import FOLDER, PROFILES, lab_name, write_stack_file
from lab.drills.rows import NOTHING, ROWS, Row
from lab.drills.runs import Runs, commit, product
from lab.errors import BadInput, LabFault
from lab.supervisor import control, launch
from lab.supervisor.folder import LabFolder

ANSWERS_WITHIN_S = 900.0
"""A run with its mending; a loaded machine is slow."""

WAYS = ("forward", "backward")

Tell = Callable[[str], None]
Line = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asked for."""

    fault: str
    """Part of a row's name; empty for all rows."""
    runs: int
    """Of each row; 0 for as many as it needs."""
    minutes: float
    profile: str
    """Empty for all profiles."""

    def series(self) -> list[Series]:
        """Every line of the report that is wished for. Raises BadInput where there is none."""
        profiles = [self.profile] if self.profile else list(PROFILES)
        for profile in profiles:
            lab_name(profile)
        rows = [row for row in ROWS if self.fault in row.name]
        if not rows:
            known = ", ".join(row.name for row in ROWS)
            raise BadInput([f"{self.fault!r}: no row's name holds this (FAULT); there are: {known}"])
        return plan.all_series(profiles, rows, self.runs)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command came to."""

    written: tuple[Path, ...]
    failed: tuple[str, ...]
    """Runs after which the lab was not as before, in words."""


def drills(wish: Wish, tell: Tell) -> Outcome:
    """Does the missing runs of what is wished and writes the report over all runs of this product."""
    runs = Runs(FOLDER / "runs.jsonl", product())
    known = len(runs.lines)
    try:
        do(wish.series(), runs, wish.minutes, tell)
    finally:
        written = report.write(runs.lines)
    failed = tuple(told(line) for line in runs.lines[known:] if line["not_as_before"])
    return Outcome(written=written, failed=failed)


class DrilledLab:
    """The lab of one profile at a time: booted when it is needed, ended when another one is, or by `end`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._profile = ""

    def ask(self, run: Next, row: Row) -> Line:
        """A run's figures. Raises LabFault when the lab cannot measure it."""
        question = {"row": row.name, "number": run.number, "is_bgp": run.is_bgp}
        question["gateway_reaction_s"] = run.series.gateway_reaction_s
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


def do(series: Sequence[Series], runs: Runs, minutes: float, tell: Tell) -> None:
    """Does runs until none is missing or the time is up; what was done is kept, whatever ends it."""
    ends_s = time.monotonic() + minutes * 60
    lab, made_on = DrilledLab(tell), commit()
    try:
        while (run := plan.next_run(series, runs.lines)) and time.monotonic() < ends_s:
            if not lab.runs(run.series.profile):
                lab.boot(run.series.profile)
                runs.append(_stamped(lab.ask(run, NOTHING), run, NOTHING, made_on))
            line = _one(lab, run)
            runs.append(_stamped(line, run, run.series.row, made_on))
            tell(f"{told(runs.lines[-1])}; {plan.left(series, runs.lines)} to do")
            if line["not_as_before"]:
                lab.end()  # the next run must not pay for this one
    finally:
        lab.end()


def _one(lab: DrilledLab, run: Next) -> Line:
    """A run's part of its line; one that could not be measured is invalid, and says why."""
    try:
        return lab.ask(run, run.series.row)
    except LabFault as fault:
        return {"valid": False, "why": str(fault), "instance": "", "not_as_before": ["not measured"]}


def _stamped(line: Line, run: Next, row: Row, made_on: str) -> Line:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": made_on,
        "profile": run.series.profile,
        "gateway_reaction_s": run.series.gateway_reaction_s,
        "row": row.name,
        "fault": row.fault,
        **line,
    }


def told(line: Line) -> str:
    """A run in one line, for people."""
    name = f"{line['profile']}: {line['fault']} {line['instance']}".rstrip()
    if not line["valid"]:
        return f"{name}: invalid: {line['why']}"
    ways = ", ".join(f"{way} {line[way]['outage_ms']:.0f} ms, {line[way]['lost']} lost" for way in WAYS)
    mended = f"mending {line['mend']['lost']} of {line['mend']['sent']} lost"
    left = "".join(f"; not as before: {difference}" for difference in line["not_as_before"][:3])
    return f"{name}: {ways}, {mended}{left}"

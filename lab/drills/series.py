"""`drills`: does the runs that are missing, each on a lab of its profile, and keeps every line of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab.drills import plan, report, soak
from lab.drills.drilled_lab import DrilledLab, Line, Tell
from lab.drills.measure import WAYS
from lab.drills.plan import Next, Series
from lab.drills.profiles import OURS, PROFILES, lab_name
from lab.drills.rows import CHAOS, NOTHING, ROWS, Row
from lab.drills.runs import RUNS, Runs, commit, product
from lab.errors import BadInput, LabFault

FIRST_SEED = 1


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the caller asked for."""

    fault: str
    """A row's name, or part of several; empty for all rows."""
    runs: int
    """Of each row; 0 for as many as it needs."""
    minutes: float
    profile: str
    """Empty for all profiles; chaos is then ours."""
    seed: int | None = None
    """What chaos is drawn by."""

    def series(self) -> list[Series]:
        """Every line of the report that is wished for. Raises BadInput where there is none."""
        lab_name(self.profile or OURS)
        if self.fault == CHAOS.name:
            return [plan.chaos(self.profile or OURS, self.runs, FIRST_SEED if self.seed is None else self.seed)]
        if self.seed is not None:
            raise BadInput(
                [f"{self.seed}: only chaos is drawn by a seed (SEED); say FAULT={CHAOS.name}, or leave it out"]
            )
        rows = self._rows()
        found = plan.all_series([self.profile] if self.profile else list(PROFILES), rows, self.runs)
        if not found:
            done = ", ".join(row.name for row in ROWS[: plan.ROWS_OF_OTHERS])
            raise BadInput(
                [f"{self.fault!r}: not a row of profile {self.profile} (FAULT, PROFILE); of others than {OURS}: {done}"]
            )
        return found

    def _rows(self) -> list[Row]:
        """The row of exactly this name, or all whose name holds it."""
        rows = [row for row in ROWS if row.name == self.fault] or [row for row in ROWS if self.fault in row.name]
        if not rows:
            known = ", ".join(row.name for row in (*ROWS, CHAOS))
            raise BadInput([f"{self.fault!r}: no row's name holds this (FAULT); there are: {known}"])
        return rows


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command came to."""

    written: tuple[Path, ...]
    failed: tuple[str, ...]
    """Runs after which the lab was not as before, and those of chaos with steps that took too long, in words."""


def drills(wish: Wish, tell: Tell) -> Outcome:
    """Does the missing runs of what is wished and writes the report over all runs of this product."""
    runs = _runs()
    known = len(runs.lines)
    try:
        do(wish.series(), runs, wish.minutes, tell)
    finally:
        written = _report(runs)
    failed = tuple(told(line) for line in runs.lines[known:] if is_bad(line))
    return Outcome(written=written, failed=failed)


def rewrite() -> None:
    """Writes the report anew over what there is: a soak that has just ended is in it."""
    _report(_runs())


def _runs() -> Runs:
    return Runs(RUNS, product())


def _report(runs: Runs) -> tuple[Path, ...]:
    return report.write(runs.lines, soak.last(product()))


def do(series: Sequence[Series], runs: Runs, minutes: float, tell: Tell) -> None:
    """Does runs until none is missing or the time is up; what was done is kept, whatever ends it."""
    ends_s = time.monotonic() + minutes * 60
    lab, made_on = DrilledLab(tell), commit()
    try:
        while (run := plan.next_run(series, runs.lines)) and time.monotonic() < ends_s:
            if not lab.runs(run.series.profile):
                lab.boot(run.series.profile)
                runs.append(_stamped(lab.ask(NOTHING, number=0, is_bgp=True), run, NOTHING, made_on))
            line = _one(lab, run)
            runs.append(_stamped(line, run, run.series.row, made_on))
            tell(f"{told(runs.lines[-1])}; {plan.left(series, runs.lines)} to do")
            if not line["not_as_before"] and plan.wants_sizes(run.series, runs.lines):
                line = _one(lab, run, of_sizes=True)
                runs.append({**_stamped(line, run, run.series.row, made_on), "row": run.series.row.sizes_name})
                tell(told(runs.lines[-1]))
            if line["not_as_before"]:
                lab.end()  # the next run must not pay for this one
    finally:
        lab.end()


def _one(lab: DrilledLab, run: Next, *, of_sizes: bool = False) -> Line:
    """A run's part of its line; one that failed is not valid either, and says why."""
    try:
        return lab.ask(
            run.series.row,
            number=run.number,
            is_bgp=run.is_bgp,
            gateway_reaction_s=run.series.gateway_reaction_s,
            of_sizes=of_sizes,
            seed=f"{run.series.seed}-{run.number}",
        )
    except LabFault as fault:
        failed = {"valid": False, "failed": True, "why": str(fault), "not_as_before": ["not measured"]}
        return {**failed, "instance": run.series.row.instance(run.number)}


def _stamped(line: Line, run: Next, row: Row, made_on: str) -> Line:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": made_on,
        "profile": run.series.profile,
        "gateway_reaction_s": run.series.gateway_reaction_s,
        "seed": run.series.seed,
        "row": row.name,
        "fault": row.fault,
        **line,
    }


def is_bad(line: Line) -> bool:
    """Whether a run shows that something must be changed, whatever its figures are."""
    is_short = not all(had["ok"] for had in line.get("sizes", {}).values())
    return bool(line["not_as_before"] or (line["valid"] and (is_short or line.get("late") or line.get("looped"))))


def told(line: Line) -> str:
    """A run in one line, for people."""
    name = f"{line['profile']}: {line['fault']} {line['instance']}".rstrip()
    if not line["valid"]:
        return f"{name}: {'failed' if line.get('failed') else 'invalid'}: {line['why']}"
    left = "".join(f"; not as before: {difference}" for difference in line["not_as_before"][:3])
    kept = f"; what the routers say then is in {line['kept']}" if "kept" in line else ""
    return f"{name}: {_sizes(line) if 'sizes' in line else _losses(line)}{left}{kept}"


def _losses(line: Line) -> str:
    ways = ", ".join(f"{way} {line[way]['outage_ms']:.0f} ms, {line[way]['lost']} lost" for way in WAYS)
    mended = f", mending {line['mend']['lost']} of {line['mend']['sent']} lost" if line["mend"]["sent"] else ""
    late = "".join(f"; {words}" for words in line.get("late", ()))
    where = ", ".join(line.get("looped_at", ()))
    looped = f"; {line['looped']} packets went in circles at {where}" if line.get("looped") else ""
    return f"{ways}{mended}{late}{looped}"


def _sizes(line: Line) -> str:
    """What the path carried."""
    return ", ".join(
        f"{when} {had['mtu']} bytes unfragmented, TCP {had['tcp_bytes']:,}{'' if had['ok'] else ': less than promised'}"
        for when, had in line["sizes"].items()
    )

"""`build/drills/report.json`: the figures of every series, over all its valid runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.bench import machine
from lab.drills import plan
from lab.drills.archive import archive
from lab.drills.figures import figures, spread
from lab.drills.measure import WAYS
from lab.drills.page import measurements, page
from lab.drills.plan import Line, Series
from lab.drills.profiles import FOLDER, PROFILES
from lab.drills.rows import CHAOS, NOTHING
from lab.drills.runs import ARCHIVE, MEASUREMENTS, PICTURE
from lab.drills.stamps import PARTS, parts
from lab.supervisor.folder import CHECKOUT, write_atomically

SCHEMA_VERSION = 3
COUNTS = ("lost", "sent", "duplicates", "reordered")
OUTAGES = ("p50_ms", "p95_ms", "max_ms")

Soaked = Mapping[str, Any]
"""The report of a soak."""


def write(lines: Sequence[Line], soaks: Sequence[Soaked] = ()) -> tuple[Path, ...]:
    """Writes the report over these runs and soaks and returns the files; nothing where there is no run yet."""
    if not lines:
        return ()
    from lab.drills.pictures import pictures  # a second for matplotlib, which no other verb has to pay

    content, drawn = report(lines, machine(), soaks), pictures(lines)
    contents: dict[Path, str | bytes] = {
        FOLDER / "report.json": json.dumps(content, indent=1) + "\n",
        FOLDER / "index.html": page(content, lines, drawn),
        CHECKOUT / MEASUREMENTS: measurements(content, lines, drawn),
        CHECKOUT / ARCHIVE: archive(lines, soaks),
    }
    if drawn:
        contents[CHECKOUT / PICTURE] = str(drawn[0].svg)
    for path, written in contents.items():
        write_atomically(path, written)
    return tuple(contents)


def report(lines: Sequence[Line], host: Mapping[str, Any], soaks: Sequence[Soaked] = ()) -> dict[str, Any]:
    """One report, of a fixed shape: programs read it, so a change of it is a new `SCHEMA_VERSION`."""
    jitters = [line["jitter"] for line in lines if line["row"] == NOTHING.name and "jitter" in line]
    tried = [(one, [line for line in lines if one.holds(line)]) for one in _series()]
    told = [line for _, own in tried for line in _told(own)]
    return {
        "schema": SCHEMA_VERSION,
        "host": {**host, "jitter_p99_ms": max((jitter["p99_ms"] for jitter in jitters), default=None)},
        "jitter_ms": max((jitter["max_ms"] for jitter in jitters), default=None),
        "figures": figures(told, soaks),
        "results": [_result(one, own) for one, own in tried if own],
        "soaks": list(soaks),
        "missing": [_named(one) for one, own in tried if not own and one.row is not CHAOS],
    }


def _named(one: Series) -> dict[str, Any]:
    return {"row": one.row.name, "profile": one.profile, "gateway_reaction_s": one.gateway_reaction_s}


def _series() -> list[Series]:
    return [*plan.all_series(), *(plan.chaos(profile, 0, None) for profile in PROFILES)]


def _result(one: Series, tried: Sequence[Line]) -> dict[str, Any]:
    valid, told = [line for line in tried if line["valid"]], _told(tried)
    return {
        "row": one.row.name,
        "fault": one.row.fault,
        "instances": sorted({line["instance"] for line in valid}),
        "sites": sorted({line["site"] for line in valid}),
        "profile": one.profile,
        "gateway_reaction_s": one.gateway_reaction_s,
        "wanted_runs": one.wanted,
        "valid_runs": len(valid),
        "invalid_runs": len(tried) - len(valid) - sum(bool(line.get("failed")) for line in tried),
        "failed_runs": sum(bool(line.get("failed")) for line in tried),
        **{way: _direction([line[way] for line in told]) for way in WAYS},
        "mend": {key: sum(line["mend"][key] for line in told) if told else None for key in ("lost", "sent")},
        "stamps": _medians([parts(line) for line in told]),
        **(_steps(told) if one.row is CHAOS else {}),
    }


def _told(tried: Sequence[Line]) -> list[Line]:
    """The runs that figures are of: the valid ones, and none of a row that counts as not measured."""
    return [] if plan.too_many_invalid(tried) else [line for line in tried if line["valid"]]


def _medians(runs: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Of each part over the runs that saw it; null where none did."""
    seen = {key: [ms for run in runs if (ms := run[key]) is not None] for key in PARTS}
    return {key: spread(found)["p50"] if found else None for key, found in seen.items()}


def _steps(runs: Sequence[Line]) -> dict[str, Any]:
    """Of chaos: how many steps left a path, and after which of them traffic did not flow within a second."""
    judged = sum(step["counts"] for run in runs for step in run["steps"])
    return {
        "judged_steps": judged,
        "late": [f"{run['instance']}: {words}" for run in runs for words in run.get("late", ())],
    }


def _direction(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of one direction; all of them null where nothing was measured."""
    if not runs:
        return dict.fromkeys((*OUTAGES, *COUNTS))
    outages = spread(one["outage_ms"] for one in runs)
    return {
        **{f"{name}_ms": value for name, value in outages.items()},
        **{key: sum(one[key] for one in runs) for key in COUNTS},
    }

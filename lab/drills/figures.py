"""The figures that say most, each over many rows and beside what it is to be: pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from lab.drills.measure import WAYS
from lab.drills.plan import Line
from lab.drills.profiles import OURS
from lab.drills.rows import DIAGONAL, ROWS

Figure = dict[str, Any]
"""`{"what": str, "profile": str, "of": str, "unit": str, "values": {name: number}, "at_most": {name: number},
"at_least": {name: number}, "reached": bool}`; a bound has the name of the value it is for, and may be missing.
"""

FAST = "bfd-150"
HELD = "hold-30"
SINGLE = {row.name for row in ROWS if not (row.is_planned or row.loses_to_the_end or row.name == DIAGONAL)}
"""Unplanned, one thing at a time, and broken altogether."""
PLANNED = {row.name for row in ROWS if row.is_planned}
EVERY = {row.name for row in ROWS}
POWER_OFF = ROWS[0].name
_NO_BOUNDS: Mapping[str, float] = MappingProxyType({})


def figures(runs: Sequence[Line], soaks: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Those that there are valid runs for; the gateway reacts at once in them where outages are compared."""
    drilled = [run for run in runs if run["row"] in EVERY]
    ours = [run for run in drilled if run["profile"] == OURS]
    return [
        *_outage("one unplanned fault, no gray loss", OURS, _at_once(drilled, OURS, SINGLE), {"p95": 450, "max": 800}),
        *_worst_row(_at_once(drilled, OURS, SINGLE)),
        *_outage("one unplanned fault, no gray loss", FAST, _at_once(drilled, FAST, SINGLE), {"p95": 250, "max": 600}),
        *_outage("diagonal double fault", OURS, _at_once(drilled, OURS, {DIAGONAL}), {"p95": 1000}),
        *_planned([run for run in ours if run["row"] in PLANNED]),
        *_mending(ours),
        *_against_held(_at_once(drilled, OURS, {POWER_OFF}), _at_once(drilled, HELD, {POWER_OFF})),
        *_takeovers([run for run in runs if run["profile"] == OURS]),
        *(figure for soak in soaks for figure in _soaked(soak)),
    ]


def measured(figure: Figure) -> str:
    """In words, with its unit."""
    values, unit = figure["values"], figure["unit"]
    if "sent" in values:
        return f"{values['lost']:,} of {values['sent']:,} {unit}"
    return ", ".join(_number(figure, name, number) for name, number in values.items()) + f" {unit}".rstrip()


def wanted(figure: Figure) -> str:
    """What it is to be, in words, and whether it is."""
    bounds = [
        _number(figure, name, number, words)
        for words in ("at most", "at least")
        for name, number in figure[words.replace(" ", "_")].items()
    ]
    return ", ".join(bounds) + f" {figure['unit']}".rstrip() + ("" if figure["reached"] else ": not reached")


def _number(figure: Figure, name: str, number: float, words: str = "") -> str:
    """A number, with its name where a figure has several."""
    is_alone = len(figure["values"]) == 1 or "sent" in figure["values"]
    return " ".join(filter(None, ("" if is_alone else name, words, f"{number:,g}")))


def worst_ms(line: Line) -> float:
    """A run's outage in the direction that suffered more."""
    return max(float(line[way]["outage_ms"]) for way in WAYS)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest measured value that so many percent of all do not exceed: never one that nobody measured."""
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def spread(values: Iterable[float]) -> dict[str, float]:
    """Of one value and more."""
    ordered = sorted(values)
    return {"p50": percentile(ordered, 50), "p95": percentile(ordered, 95), "max": ordered[-1]}


def _at_once(runs: Iterable[Line], profile: str, rows: set[str]) -> list[Line]:
    own = (run for run in runs if run["profile"] == profile and run["row"] in rows)
    return [run for run in own if not run["gateway_reaction_s"]]


def _figure(
    what: str,
    profile: str,
    of: str,
    unit: str,
    values: Mapping[str, float],
    at_most: Mapping[str, float] = _NO_BOUNDS,
    at_least: Mapping[str, float] = _NO_BOUNDS,
) -> Figure:
    is_low_enough = all(values[name] <= bound for name, bound in at_most.items())
    return {
        "what": what,
        "profile": profile,
        "of": of,
        "unit": unit,
        "values": dict(values),
        "at_most": dict(at_most),
        "at_least": dict(at_least),
        "reached": is_low_enough and all(values[name] >= bound for name, bound in at_least.items()),
    }


def _outage(what: str, profile: str, runs: Sequence[Line], at_most: Mapping[str, float]) -> Iterator[Figure]:
    if runs:
        values = spread(map(worst_ms, runs))
        yield _figure(f"outage, worst direction: {what}", profile, _runs(runs), "ms", values, at_most=at_most)


def _worst_row(runs: Sequence[Line]) -> Iterator[Figure]:
    """All rows together hide one that is slow behind those in which hardly anything is lost."""
    rows = {run["row"]: run["fault"] for run in runs}
    p95_ms = {row: spread(worst_ms(run) for run in runs if run["row"] == row)["p95"] for row in rows}
    if p95_ms:
        worst = max(p95_ms, key=lambda row: p95_ms[row])
        what = f"p95 of the slowest of these {len(rows)} rows: {rows[worst]}"
        own = _runs([run for run in runs if run["row"] == worst])
        yield _figure(what, OURS, own, "ms", {"p95": p95_ms[worst]}, at_most={"p95": 450})


def _runs(runs: Sequence[Line]) -> str:
    return f"{len(runs)} runs" if len(runs) > 1 else "1 run"


def _planned(runs: Sequence[Line]) -> Iterator[Figure]:
    if runs:
        ways = [run[way] for run in runs for way in WAYS]
        yield _lost("lost: planned drain, reboot, unchanged and changed bundle", OURS, _runs(runs), ways)


def _mending(runs: Sequence[Line]) -> Iterator[Figure]:
    if runs:
        yield _lost("lost: mending of any fault", OURS, _runs(runs), [run["mend"] for run in runs])


def _lost(what: str, profile: str, of: str, counted: Iterable[Mapping[str, Any]]) -> Figure:
    counts = list(counted)
    values = {name: sum(one[name] for one in counts) for name in ("lost", "sent")}
    return _figure(what, profile, of, "probes", values, at_most={"lost": 0})


def _against_held(ours: Sequence[Line], held: Sequence[Line]) -> Iterator[Figure]:
    """VPC to site: the way on which the gateway waits for its hold time."""
    if not ours or not held:
        return
    ours_ms, held_ms = (spread(run["backward"]["outage_ms"] for run in runs)["p50"] for runs in (ours, held))
    if ours_ms:
        times = {"times": round(held_ms / ours_ms, 1)}
        what = f"{ROWS[0].fault}, VPC to site: times shorter than {HELD}, medians"
        yield _figure(what, OURS, f"{len(ours)} and {_runs(held)}", "", times, at_least={"times": 40})


def _takeovers(runs: Iterable[Line]) -> Iterator[Figure]:
    told = [step["stamps"] for run in runs for step in (run, *run.get("steps", ())) if "stamps" in step]
    after_ms = [ms for stamps in told for ms in stamps.get("takeover_after_ms", {}).values()]
    if after_ms:
        what = "from bfdd's word that the sibling is not ready to its prefixes announced"
        yield _figure(what, OURS, f"{len(after_ms)} takeovers", "ms", spread(after_ms), at_most={"max": 50})


def _soaked(soak: Mapping[str, Any]) -> Iterator[Figure]:
    of, profile = f"{soak['seconds'] / 60:.0f} min of soak", soak["profile"]
    yield _lost("lost: every processor busy, nothing broken", profile, of, [soak])
    flaps = {"flaps": len(soak["flaps"])}
    yield _figure("flaps: every processor busy, nothing broken", profile, of, "", flaps, at_most={"flaps": 0})
    share = {"most": soak["agent_percent"]}
    yield _figure("an agent's share of a processor", profile, of, "%", share, at_most={"most": 1})

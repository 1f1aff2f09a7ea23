"""What a run's line in `runs.jsonl` says, from its probes and the moments when something was done: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from lab.drills.faults.chaos import Step
from lab.drills.measure import NS_PER_MS, Direction
from lab.drills.probes.record import SPACING_MS

UNDISTURBED_S = 1.0
"""Before the fault; a run in which this second is not quiet says nothing of the fault."""
QUIET_GAP_MS = 50.0
"""The longest silence of a flow in it, from one arrival to the next."""
STANDS_STILL_MS = 50.0
"""So long no probe left either way, though both senders are due every millisecond and wait for no router: a virtual
machine that its host stops for a third of a second ends every BFD session in it, and no fault did that."""
FLOWS_WITHIN_MS = 1000.0
"""After each step of chaos, wherever a path is left; chaos is done where the gateway reacts at once."""
TRACE_FROM_MS, TRACE_BIN_MS, TRACE_AT_MOST_MS = -1000, 20, 45_000

Directions = Mapping[str, Direction]


def run_line(directions: Directions, broken_ns: int, mended_ns: int, ended_ns: int) -> dict[str, Any]:
    """Of one fault, that lasted from `broken_ns` to `mended_ns`, and its mending, until `ended_ns`."""
    mending = [one.figures(mended_ns, ended_ns) for one in directions.values()] if ended_ns > mended_ns else []
    return {
        **_validity(directions, broken_ns, ended_ns),
        "seconds": {"fault": _seconds(broken_ns, mended_ns), "mend": _seconds(mended_ns, ended_ns)},
        **{name: asdict(one.figures(broken_ns, mended_ns)) for name, one in directions.items()},
        "mend": {"lost": sum(one.lost for one in mending), "sent": sum(one.sent for one in mending)},
        "lost_ms": {
            name: _span_ms(one.lost_at_ns(broken_ns, mended_ns), broken_ns) for name, one in directions.items()
        },
        "mend_lost_ms": {
            name: _span_ms(one.lost_at_ns(mended_ns, ended_ns), mended_ns) for name, one in directions.items()
        },
        "received": {name: _trace(one, broken_ns, mended_ns) for name, one in directions.items()},
    }


def _span_ms(lost_ns: list[int], since_ns: int) -> list[float]:
    """When the first and the last lost probe left, after something was done; nothing where none was lost."""
    return [round((at_ns - since_ns) / NS_PER_MS, 1) for at_ns in (*lost_ns[:1], *lost_ns[-1:])]


def _seconds(since_ns: int, until_ns: int) -> float:
    return round((until_ns - since_ns) / 1e9, 2)


def _trace(direction: Direction, broken_ns: int, mended_ns: int) -> dict[str, Any]:
    """Probes received around the fault, for the pictures."""
    until_ns = min(mended_ns, broken_ns + TRACE_AT_MOST_MS * NS_PER_MS)
    counts = direction.received(broken_ns + TRACE_FROM_MS * NS_PER_MS, until_ns, TRACE_BIN_MS)
    return {"from_ms": TRACE_FROM_MS, "bin_ms": TRACE_BIN_MS, "counts": counts}


def sum_line(directions: Directions, moments: Sequence[int], steps: Sequence[Step]) -> dict[str, Any]:
    """Of many steps, each from its moment to the next one's.

    What is lost while no path is left, or until traffic is back from there, is nobody's fault: it stands with its step
    and is in no sum. `late` names the other steps after which traffic did not flow within a second: a probe that was
    lost later than that, before the next step.
    """
    told = list(_told(directions, moments, steps))
    kept = [one for one in told if one["counts"]]
    late = (one for one in kept if one["lost_until_ms"] > FLOWS_WITHIN_MS)
    return {
        **_validity(directions, moments[0], moments[-1]),
        "steps": told,
        "late": [f"{one['step']}: probes were lost until {one['lost_until_ms']:,.0f} ms after it" for one in late],
        **{name: _sum([one[name] for one in kept]) for name in directions},
        "mend": {"lost": 0, "sent": 0},  # a mending is a step like any other
    }


def _told(directions: Directions, moments: Sequence[int], steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    had_path = True
    for step, (since_ns, until_ns) in zip(steps, pairwise(moments), strict=True):
        figures = {name: asdict(one.figures(since_ns, until_ns)) for name, one in directions.items()}
        lost_ms = [ms for one in directions.values() for ms in _span_ms(one.lost_at_ns(since_ns, until_ns), since_ns)]
        yield {
            "step": step.words,
            "has_path": step.has_path,
            "counts": step.has_path and had_path,
            "lost_until_ms": max(lost_ms, default=0.0),
            **figures,
        }
        had_path = step.has_path


def _sum(figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of several spans: the longest outage, and all losses."""
    counts = ("lost", "sent", "duplicates", "reordered")
    longest_ms = max((one["outage_ms"] for one in figures), default=0.0)
    return {"outage_ms": longest_ms, **{key: sum(one[key] for one in figures) for key in counts}}


def stood_still(line: Mapping[str, Any]) -> bool:
    """Whether the whole machine did, so that what was lost or went down tells nothing of the path."""
    return bool(line["stood_still_ms"] > STANDS_STILL_MS)


def _validity(directions: Directions, broken_ns: int, ended_ns: int) -> dict[str, Any]:
    quiet_ns = broken_ns - int(UNDISTURBED_S * 1e9)
    gap_ms = SPACING_MS + max(max(one.gaps_ms(quiet_ns, broken_ns)) for one in directions.values())
    still_ms = _stood_still_ms(directions, quiet_ns, ended_ns)
    why = ""
    if still_ms > STANDS_STILL_MS:
        why = f"the machine stood still for {still_ms:.0f} ms"
    elif gap_ms > QUIET_GAP_MS:
        why = f"a flow was silent for {gap_ms:.0f} ms before the fault"
    return {"valid": not why, "why": why, "gap_before_ms": round(gap_ms, 1), "stood_still_ms": round(still_ms, 1)}


def _stood_still_ms(directions: Directions, since_ns: int, until_ns: int) -> float:
    """The longest time in which no probe left in any direction."""
    left = sorted(at_ns for one in directions.values() for at_ns in one.sent if since_ns <= at_ns < until_ns)
    return max(end_ns - begin_ns for begin_ns, end_ns in pairwise((since_ns, *left, until_ns))) / NS_PER_MS

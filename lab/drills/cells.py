"""The report's tables in words, a row as its cells: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.drills import figures
from lab.drills.measure import WAYS
from lab.drills.plan import Line
from lab.drills.profiles import OURS, PROFILES
from lab.drills.stamps import PARTS

NOT_MEASURED = "not measured"
OTHERS = tuple(profile for profile in PROFILES if profile != OURS)


@dataclass(frozen=True, kw_only=True)
class FigureCells:
    """What says most, in words."""

    kind: str
    what: str
    profile: str
    of: str
    measured: str
    wanted: str


@dataclass(frozen=True, kw_only=True)
class WayCells:
    """One direction of a row in words."""

    outage: str
    loss: str


@dataclass(frozen=True, kw_only=True)
class RowCells:
    """A row in words."""

    kind: str
    """`ours` or `other`."""
    fault: str
    profile: str
    reaction: str
    runs: str
    instances: str
    forward: WayCells
    backward: WayCells
    mend: str


@dataclass(frozen=True, kw_only=True)
class PartCells:
    """Where the time of a row went, in words."""

    kind: str
    fault: str
    profile: str
    reaction: str
    detected: str
    routers: str
    gateway: str
    virtual_ip: str
    forward: str
    backward: str


@dataclass(frozen=True, kw_only=True)
class TimesCells:
    """A row's outages with other profiles, as multiples of ours."""

    fault: str
    times: tuple[str, ...]
    """In the order of `OTHERS`."""


@dataclass(frozen=True, kw_only=True)
class InvalidCells:
    """A run that does not count, why, and what it would have said."""

    kind: str
    fault: str
    instance: str
    profile: str
    reaction: str
    why: str
    forward: str
    backward: str
    mend: str


def row_cells(content: Mapping[str, Any]) -> list[RowCells]:
    """The table's rows, in the report's order."""
    return [
        RowCells(
            **_names(result),
            runs=_runs(result),
            instances=", ".join((*result["instances"], *result["sites"])),
            forward=_way(result["forward"]),
            backward=_way(result["backward"]),
            mend=_share(result["mend"]),
        )
        for result in content["results"]
    ]


def figure_cells(one: figures.Figure) -> FigureCells:
    """One line of those at a glance."""
    told = {name: one[name] for name in ("what", "profile", "of")}
    return FigureCells(kind=_kind(one), measured=figures.measured(one), wanted=figures.wanted(one), **told)


def _kind(one: Mapping[str, Any]) -> str:
    return "ours" if one["profile"] == OURS else "other"


def _names(result: Mapping[str, Any]) -> dict[str, str]:
    """What the row of a fault begins with."""
    return {
        "kind": _kind(result),
        "fault": result["fault"],
        "profile": result["profile"],
        "reaction": f"{result['gateway_reaction_s']} s",
    }


def _runs(result: Mapping[str, Any]) -> str:
    invalid = f", {result['invalid_runs']} invalid" if result["invalid_runs"] else ""
    failed = f", {result['failed_runs']} failed" if result["failed_runs"] else ""
    steps = f"; {len(result['late'])} of {result['judged_steps']} steps late" if "late" in result else ""
    lacks = f" of {result['wanted_runs']}" if result["valid_runs"] < result["wanted_runs"] else ""
    return f"{result['valid_runs']}{lacks}{invalid}{failed}{steps}"


def part_cells(content: Mapping[str, Any]) -> list[PartCells]:
    """Where the time went, for each row in which somebody saw it."""
    return [
        PartCells(
            **_names(result),
            detected=_ms(result, "detected_ms"),
            routers=_ms(result, "routers_first_ms", "routers_last_ms"),
            gateway=_ms(result, "gateway_first_ms", "gateway_last_ms"),
            virtual_ip=_ms(result, "virtual_ip_ms"),
            forward=_ms(result, "forward_lost_until_ms"),
            backward=_ms(result, "backward_lost_until_ms"),
        )
        for result in content["results"]
        if any(result["stamps"][part] is not None for part in PARTS)
    ]


def _ms(result: Mapping[str, Any], *parts: str) -> str:
    """Medians, or a dash where nothing of the kind happened."""
    seen = [result["stamps"][part] for part in parts]
    return "-" if None in seen else f"{' to '.join(f'{ms:,.0f}' for ms in seen)} ms"


def _way(way: Mapping[str, Any]) -> WayCells:
    if way["sent"] is None:
        return WayCells(outage=NOT_MEASURED, loss=NOT_MEASURED)
    outage = " / ".join(f"{way[key]:,.0f}" for key in ("p50_ms", "p95_ms", "max_ms"))
    return WayCells(outage=f"{outage} ms", loss=_share(way))


def _share(probes: Mapping[str, Any]) -> str:
    if probes["sent"] is None:
        return NOT_MEASURED
    return f"{probes['lost']:,} of {probes['sent']:,}" if probes["sent"] else "-"


def times_cells(content: Mapping[str, Any]) -> list[TimesCells]:
    """The median outage of the worse direction against ours, for each row with a profile beside ours."""
    worst_ms = {
        (result["row"], result["profile"]): max(result[way]["p50_ms"] for way in WAYS)
        for result in content["results"]
        if not result["gateway_reaction_s"] and result["forward"]["p50_ms"] is not None
    }
    faults = {result["row"]: result["fault"] for result in content["results"]}
    told = []
    for row, fault in faults.items():
        ours_ms = worst_ms.get((row, OURS))
        others_ms = [worst_ms.get((row, profile)) for profile in OTHERS]
        if ours_ms and any(others_ms):
            times = ("-" if ms is None else f"{ms / ours_ms:.1f}" for ms in others_ms)
            told.append(TimesCells(fault=fault, times=tuple(times)))
    return told


def invalid_cells(lines: Sequence[Line]) -> list[InvalidCells]:
    """The runs that were done and do not count."""
    done = (line for line in lines if not line.get("failed") and not line.get("skipped"))
    return [
        InvalidCells(
            **_names(line),
            instance=line["instance"] or "drawn",
            why=line["why"],
            forward=f"{line['forward']['outage_ms']:,.0f} ms",
            backward=f"{line['backward']['outage_ms']:,.0f} ms",
            mend=_share(line["mend"]),
        )
        for line in done
        if not line["valid"]
    ]

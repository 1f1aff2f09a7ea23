"""The report for people: `build/drills/index.html`, and the same figures as `docs/measurements.md`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from lab.drills import figures, interval
from lab.drills.measure import WAYS
from lab.drills.plan import Line
from lab.drills.profiles import OURS
from lab.drills.rows import ROWS
from lab.drills.stamps import PARTS

if TYPE_CHECKING:
    from lab.drills.pictures import Picture

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=select_autoescape(["html.j2"]),
)
NOT_MEASURED = "not measured"


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


def page(content: Mapping[str, Any], lines: Sequence[Line], pictures: Sequence[Picture]) -> str:
    """The HTML page, complete in one file."""
    return _TEMPLATES.get_template("page.html.j2").render(**_values(content, lines), pictures=pictures)


def measurements(content: Mapping[str, Any], lines: Sequence[Line], pictures: Sequence[Picture] = ()) -> str:
    """The Markdown page; of the pictures it has the first, from a file beside it."""
    return _TEMPLATES.get_template("measurements.md.j2").render(**_values(content, lines), pictures=pictures[:1])


def _values(content: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "about": about(content, lines),
        "figures": [_figure(one) for one in content["figures"]],
        "rows": cells(content),
        "parts": part_cells(content),
        "notes": list(notes(content, lines)),
    }


def about(content: Mapping[str, Any], lines: Sequence[Line]) -> str:
    """On what, when and with which jitter it was measured."""
    host = content["host"]
    commits = sorted({line["commit"] for line in lines})
    days = sorted({line["at"][:10] for line in lines})
    runs = sum(result[key] for result in content["results"] for key in ("valid_runs", "invalid_runs", "failed_runs"))
    span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    jitter = "not known" if content["jitter_ms"] is None else f"{content['jitter_ms']:.0f} ms"
    return (
        f"{runs} runs on {host['cores']} cores, kernel {host['kernel']}, {span}, of commit {', '.join(commits)}. "
        f"With nothing broken, no probe was later than {jitter} beyond its flow's spacing."
    )


def cells(content: Mapping[str, Any]) -> list[RowCells]:
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


def _figure(one: figures.Figure) -> FigureCells:
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


def _way(figures: Mapping[str, Any]) -> WayCells:
    if figures["sent"] is None:
        return WayCells(outage=NOT_MEASURED, loss=NOT_MEASURED)
    outage = " / ".join(f"{figures[key]:,.0f}" for key in ("p50_ms", "p95_ms", "max_ms"))
    return WayCells(outage=f"{outage} ms", loss=_share(figures))


def _share(figures: Mapping[str, Any]) -> str:
    if figures["sent"] is None:
        return NOT_MEASURED
    return f"{figures['lost']:,} of {figures['sent']:,}" if figures["sent"] else "-"


def notes(content: Mapping[str, Any], lines: Sequence[Line]) -> Iterator[str]:
    """How the others compare, and what was not done and why."""
    yield from _ratios(content)
    jitters_ms = [one["jitter_ms"] for one in (content, *content["soaks"]) if one["jitter_ms"] is not None]
    if jitters_ms:
        yield interval.words(max(jitters_ms))
    yield from map(_soak, content["soaks"])
    if content["missing"]:
        yield f"Not done yet: {', '.join(map(_missing, content['missing']))}."
    skipped = {line["fault"]: line["why"] for line in lines if line.get("skipped")}
    yield from (f"Not done: {fault}, for on {why}." for fault, why in skipped.items())
    yield from _sizes(lines)
    looped = {line["fault"]: line["looped"] for line in lines if line.get("looped")}
    yield from (f"Packets went in circles: {fault}, {count:,} of them in one run." for fault, count in looped.items())
    yield from (
        f"Longer than a second without traffic although a path was left: {result['profile']}, {words}."
        for result in content["results"]
        for words in result.get("late", ())
    )
    unfit = [line for line in lines if not line["valid"] and not line.get("failed") and not line.get("skipped")]
    yield from map(_invalid, unfit)
    failed = [line for line in lines if line.get("failed")]
    yield from (f"A run failed: {line['fault']}, {line['instance'] or 'drawn'}: {line['why']}." for line in failed)
    unmended = [line for line in lines if line["valid"] and line["not_as_before"]]
    yield from (
        f"Not as before after {line['fault']}, {line['instance']}: {'; '.join(line['not_as_before'])}."
        for line in unmended
    )


def _invalid(line: Line) -> str:
    """Why a run does not count, and what it would have said."""
    outages = ", ".join(f"{words} {line[way]['outage_ms']:,.0f} ms" for way, words in WAYS.items())
    name = f"{line['fault']}, {line['instance'] or 'drawn'} {_of_series(line)}"
    return f"A run was invalid: {name}: {line['why']}. It had {outages}, and on mending {_share(line['mend'])} lost."


def _soak(one: Mapping[str, Any]) -> str:
    """What nothing but a busy machine did to the path."""
    flaps = f"{len(one['flaps'])} sessions, virtual addresses or judgements changed"
    found = f"{one['lost']:,} of {one['sent']:,} probes were lost, {flaps}, jitter {one['jitter_ms']:.0f} ms"
    ended = f"; it failed: {one['why']}" if one["why"] else ""
    agent = f"the agent used at most {one['agent_percent']:.1f} % of a processor"
    return (
        f"Soak of {one['seconds'] / 60:.0f} min of {one['profile']}, every processor busy, nothing broken, "
        f"commit {one['commit']}: {found}; {agent}{_still(one['stood_still'])}{ended}."
    )


def _still(parts: Sequence[Mapping[str, Any]]) -> str:
    """What does not count of a soak, and why."""
    told = (f"{part['ms']:,.0f} ms, {part['lost']:,} lost, {len(part['flaps'])} changed" for part in parts)
    return f"; not counted are the minutes in which the whole machine stood still: {'; '.join(told)}" if parts else ""


def _missing(one: Mapping[str, Any]) -> str:
    return f"{one['row']} {_of_series(one)}"


def _of_series(one: Mapping[str, Any]) -> str:
    """Profile and gateway's reaction, where that is not at once."""
    reaction = f" at {one['gateway_reaction_s']} s" if one["gateway_reaction_s"] else ""
    return f"({one['profile']}{reaction})"


def _sizes(lines: Sequence[Line]) -> Iterator[str]:
    """What the path carried around the headline faults."""
    told = [line for line in lines if "sizes" in line]
    good = [line["fault"] for line in told if all(had["ok"] for had in line["sizes"].values())]
    if good:
        yield (
            "Before the fault and while it lasted, between every site and every VPC, unfragmentable packets of exactly "
            "the promised size passed, one byte more was refused, and 10 MB of TCP crossed each way past hosts deaf "
            "to ICMP: "
            f"{'; '.join(dict.fromkeys(good))}."
        )
    unproved = [row.fault for row in ROWS if row.is_headline and row.fault not in {line["fault"] for line in told}]
    if unproved:
        yield f"What the path carries was not proved beside: {'; '.join(unproved)}."
    for line in told:
        for when, had in line["sizes"].items():
            if not had["ok"]:
                found = f"{had['mtu']} bytes unfragmented and {had['tcp_bytes']:,} bytes of TCP"
                name = f"{line['fault']}, {line['instance']}"
                yield f"Not all that was promised passed {when} the fault: {name}: {found}."


def _ratios(content: Mapping[str, Any]) -> Iterator[str]:
    """The median outage of the worse direction, against ours of the same row."""
    worst = {
        (result["row"], result["profile"]): max(result[way]["p50_ms"] for way in WAYS)
        for result in content["results"]
        if not result["gateway_reaction_s"] and result["forward"]["p50_ms"] is not None
    }
    faults = {result["row"]: result["fault"] for result in content["results"]}
    for (row, profile), outage_ms in worst.items():
        ours_ms = worst.get((row, OURS), 0.0)
        if profile != OURS and ours_ms:
            yield f"{faults[row]}: with {profile} the median outage is {outage_ms / ours_ms:.1f} times ours."

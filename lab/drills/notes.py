"""What the report's tables cannot say: the interval, the soaks, what was not done or went wrong: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.drills import interval
from lab.drills.plan import Line
from lab.drills.rows import ROWS


def notes(content: Mapping[str, Any], lines: Sequence[Line]) -> Iterator[str]:
    """A sentence or two each."""
    busy_ms = [one["jitter_ms"] for one in content["soaks"] if one["jitter_ms"] is not None]
    yield from interval.words(content["jitter_ms"], max(busy_ms, default=None))
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
    failed = [line for line in lines if line.get("failed")]
    yield from (f"A run failed: {line['fault']}, {line['instance'] or 'drawn'}: {line['why']}." for line in failed)
    unmended = [line for line in lines if line["valid"] and line["not_as_before"]]
    yield from (
        f"Not as before after {line['fault']}, {line['instance']}: {'; '.join(line['not_as_before'])}."
        for line in unmended
    )


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
    """A row, its profile, and the gateway's reaction where that is not at once."""
    reaction = f" at {one['gateway_reaction_s']} s" if one["gateway_reaction_s"] else ""
    return f"{one['row']} ({one['profile']}{reaction})"


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

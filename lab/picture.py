"""The live path as a picture, drawn from a report: what was seen, not what should be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from rich.table import Table
from rich.text import Text

from lab.proof.hops import ORDER, in_order, rank

TITLES = ("sites", "closed network", "Sakura", "tunnels", "AWS", "GRE", "gateway", "VPCs")

COLUMN_PX, ROW_PX, BOX_WIDTH_PX, BOX_HEIGHT_PX, TOP_PX = 190, 56, 140, 32, 56
GREEN, RED, GREY = "#1a7f37", "#cf222e", "#6e7781"
FILL = {GREEN: "#f0fff4", RED: "#ffebe9", GREY: "#f6f8fa"}

GAP = 2
"""Characters between two columns in a terminal."""


def columns(report: Mapping[str, Any]) -> list[list[str]]:
    """Hops by their place on the path: those that were seen, those that are broken, and the ends that were not seen."""
    ends = [hop for path in report["paths"] for hop in _unseen_ends(path)]
    seen = [hop for path in report["paths"] for hop in path["hops"]]
    broken = [entry["hop"] for entry in report["broken"] if entry["hop"].startswith(ORDER)]
    hops = in_order([*ends, *seen, *broken])
    return [[hop for hop in hops if rank(hop) == place] for place in range(len(ORDER))]


def _unseen_ends(path: Mapping[str, Any]) -> list[str]:
    """A seen end is drawn as the hop it was: a VPC that shares its name has a longer one there."""
    ends = {"site:": path["site"], "vpc:": path["vpc"]}
    return [kind + name for kind, name in ends.items() if not any(hop.startswith(kind) for hop in path["hops"])]


def terminal(report: Mapping[str, Any], width: int) -> list[Table]:
    """The path from left to right, in as many tables as `width` needs; green carried packets, red is broken."""
    found = columns(report)
    height = max((len(hops) for hops in found), default=0)
    tables: list[list[int]] = [[]]
    for place, hops in enumerate(found):
        taken = sum(_characters(TITLES[other], found[other]) + GAP for other in tables[-1])
        if tables[-1] and taken + _characters(TITLES[place], hops) > width:
            tables.append([])
        tables[-1].append(place)
    return [_table(report, places, [_centred(found[place], height) for place in places]) for places in tables]


def _characters(title: str, hops: Sequence[str]) -> int:
    """How wide a column is."""
    return max(len(title), *(len("● " + _label(hop)) for hop in hops), 0)


def _table(report: Mapping[str, Any], places: Sequence[int], padded: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for place in places:
        table.add_column(TITLES[place], no_wrap=True)
    for row in zip(*padded, strict=True):
        table.add_row(
            *(Text(_mark(hop, report) + _label(hop), style=_style(hop, report)) if hop else "" for hop in row)
        )
    return table


def _centred(hops: Sequence[str], height: int) -> list[str]:
    above = (height - len(hops)) // 2
    return ["" for _ in range(above)] + list(hops) + ["" for _ in range(height - len(hops) - above)]


def _label(hop: str) -> str:
    return hop.partition(":")[2] or hop


def _is_broken(hop: str, report: Mapping[str, Any]) -> bool:
    return any(entry["hop"] == hop for entry in report["broken"])


def _is_seen(hop: str, report: Mapping[str, Any]) -> bool:
    return any(hop in path["hops"] for path in report["paths"])


def _style(hop: str, report: Mapping[str, Any]) -> str:
    return "red" if _is_broken(hop, report) else "green" if _is_seen(hop, report) else "dim"


def _mark(hop: str, report: Mapping[str, Any]) -> str:
    return "✘ " if _is_broken(hop, report) else "● " if _is_seen(hop, report) else "○ "


def svg(report: Mapping[str, Any]) -> str:
    """The same picture as an SVG document, with a line for each step that a path's packets were seen to take."""
    found = columns(report)
    height = TOP_PX + ROW_PX * max((len(hops) for hops in found), default=1)
    places = {
        hop: (
            place * COLUMN_PX + 10,
            TOP_PX + (height - TOP_PX) * (2 * row + 1) // (2 * len(hops)) - BOX_HEIGHT_PX // 2,
        )
        for place, hops in enumerate(found)
        for row, hop in enumerate(hops)
    }
    titles = [_text(place * COLUMN_PX + 10, 28, title, "#57606a") for place, title in enumerate(TITLES)]
    lines = [_line(places[one], places[other]) for one, other in _steps(report)]
    boxes = [_box(x, y, hop, report) for hop, (x, y) in places.items()]
    width = COLUMN_PX * len(TITLES) + 10
    body = "\n".join([*titles, *lines, *boxes])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="13">\n<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _steps(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Neighbouring hops of a path that belong together: a tunnel meets only its own two routers."""
    found = set()
    for path in report["paths"]:
        hops = path["hops"]
        found |= {(a, b) for a in hops for b in hops if rank(b) == rank(a) + 1 and _meet(a, b)}
    return sorted(found)


def _meet(one: str, other: str) -> bool:
    for link, router in ((one, other), (other, one)):
        if link.startswith(("tunnel:", "gre:")) and router.startswith(("sakura-", "aws-")):
            return router in link.partition(":")[2].split("/")
    return True


def _text(x: int, y: int, words: str, colour: str) -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}">{escape(words)}</text>'


def _line(one: tuple[int, int], other: tuple[int, int]) -> str:
    half = BOX_HEIGHT_PX // 2
    ends = f'x1="{one[0] + BOX_WIDTH_PX}" y1="{one[1] + half}" x2="{other[0]}" y2="{other[1] + half}"'
    return f'<line {ends} stroke="{GREEN}" stroke-width="1.5"/>'


def _box(x: int, y: int, hop: str, report: Mapping[str, Any]) -> str:
    colour = RED if _is_broken(hop, report) else GREEN if _is_seen(hop, report) else GREY
    shape = f'x="{x}" y="{y}" width="{BOX_WIDTH_PX}" height="{BOX_HEIGHT_PX}" rx="6"'
    frame = f'<rect {shape} fill="{FILL[colour]}" stroke="{colour}"/>'
    return frame + _text(x + 8, y + 21, _label(hop), colour)

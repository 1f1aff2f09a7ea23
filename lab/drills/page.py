"""The report for people: `build/drills/index.html`, and the same figures as `docs/measurements.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from lab.drills.cells import OTHERS, figure_cells, invalid_cells, part_cells, row_cells, times_cells
from lab.drills.notes import notes
from lab.drills.plan import Line

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


def page(content: Mapping[str, Any], lines: Sequence[Line], pictures: Sequence[Picture]) -> str:
    """The HTML page, complete in one file."""
    return _TEMPLATES.get_template("page.html.j2").render(**_values(content, lines), pictures=pictures)


def measurements(content: Mapping[str, Any], lines: Sequence[Line], pictures: Sequence[Picture] = ()) -> str:
    """The Markdown page; of the pictures it has the first, from a file beside it."""
    return _TEMPLATES.get_template("measurements.md.j2").render(**_values(content, lines), pictures=pictures[:1])


def _values(content: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "about": about(content, lines),
        "figures": [figure_cells(one) for one in content["figures"]],
        "rows": row_cells(content),
        "parts": part_cells(content),
        "others": OTHERS,
        "times": times_cells(content),
        "invalid": invalid_cells(lines),
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

"""Pictures of single runs: how many probes arrived around the fault, ours and the others'."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from lab.drills.figures import worst_ms
from lab.drills.measure import WAYS
from lab.drills.plan import Line
from lab.drills.probes.record import PER_SECOND
from lab.drills.profiles import OURS, PROFILES
from lab.drills.rows import ROWS

SHOWN_S = (-0.5, 3.0)
SMOOTHED_BINS = 5
SIZE_INCHES = (11.0, 3.2)
MS_PER_S = 1000


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One row's."""

    svg: Markup
    caption: str


def pictures(lines: Sequence[Line]) -> list[Picture]:
    """One for each row that was measured, with the median run of each profile."""
    found = []
    for row in ROWS:
        own = [line for line in lines if line["row"] == row.name and line["valid"] and not line["gateway_reaction_s"]]
        medians = [run for profile in PROFILES if (run := median_run(own, profile))]
        if any(run["profile"] == OURS for run in medians):
            found.append(Picture(svg=_draw(medians), caption=_caption(row.fault, medians)))
    return found


def median_run(lines: Iterable[Line], profile: str) -> Line | None:
    """The run whose outage, in its worse direction, is the median of its profile's; of an even number the lower."""
    own = sorted((line for line in lines if line["profile"] == profile), key=worst_ms)
    return own[(len(own) - 1) // 2] if own else None


def _caption(fault: str, runs: Sequence[Line]) -> str:
    told = ", ".join(f"{run['profile']} {worst_ms(run):,.0f} ms" for run in runs)
    return f"{fault}, the median run of each profile; its outage in the worse direction: {told}."


def _draw(runs: Sequence[Line]) -> Markup:
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    panes = figure.subplots(1, len(WAYS), sharey=True)
    for pane, (way, words) in zip(panes, WAYS.items(), strict=True):
        for run in reversed(runs):
            trace = run["received"][way]
            times_s = [(trace["from_ms"] + place * trace["bin_ms"]) / MS_PER_S for place in range(len(trace["counts"]))]
            style = {"linewidth": 1.8, "color": "C0"} if run["profile"] == OURS else {"linewidth": 0.9}
            pane.plot(times_s, _per_second(trace), label=run["profile"], **style)
        pane.axvline(0.0, color="black", linewidth=0.6, linestyle=":")
        pane.set(title=words, xlabel="seconds since the fault", xlim=SHOWN_S, ylim=(0, 1.15 * PER_SECOND))
    panes[0].set_ylabel("probes received per second")
    panes[0].legend(frameon=False, loc="lower right")
    drawn = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "drills", "svg.fonttype": "none"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    text = drawn.getvalue()
    return Markup(text[text.index("<svg") :])


def _per_second(trace: Mapping[str, Any]) -> list[float]:
    """Smoothed over a few parts, for a single one holds a score of probes."""
    counts, factor = trace["counts"], MS_PER_S / trace["bin_ms"]
    windows = (counts[max(end - SMOOTHED_BINS, 0) : end] for end in range(1, len(counts) + 1))
    return [sum(window) / len(window) * factor for window in windows]

"""The verbs that drill: `lab/cli.py` has them among its own."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from lab.drills import series
from lab.drills import soak as soaking
from lab.drills.profiles import OURS, lab_name
from lab.machine import become_root

console = Console(highlight=False, soft_wrap=True)


def drills(
    fault: Annotated[str, typer.Option(help="Only the row of this name, or those whose name holds it.")] = "",
    runs: Annotated[int, typer.Option(min=0, help="Valid runs of each row; 0: as many as the row needs.")] = 0,
    minutes: Annotated[float, typer.Option(min=0, help="Begin no run after so long.")] = 90,
    profile: Annotated[str, typer.Option(help="Only this profile; all of them where none is given.")] = "",
    seed: Annotated[int | None, typer.Option(help="What chaos is drawn by (--fault chaos); 1 if not given.")] = None,
) -> None:
    """Breaks one thing at a time in labs of its own, measures both directions, and reports; does what is missing."""
    wish = series.Wish(fault=fault, runs=runs, minutes=minutes, profile=profile, seed=seed)
    wish.series()  # refuses bad input before anything runs
    become_root(sys.argv[1:])
    with console.status("drilling") as status:

        def tell(words: str) -> None:
            status.update(escape(words))
            console.print(escape(words))

        outcome = series.drills(wish, tell)
    for path in outcome.written:
        console.print(f"written: {os.path.relpath(path)}", style="bold")
    for words in outcome.failed:
        console.print(escape(words), style="red")
    raise typer.Exit(1 if outcome.failed else 0)


def soak(
    minutes: Annotated[float, typer.Option(min=0, help="Measure for so long.")] = 60,
    profile: Annotated[str, typer.Option(help="The timers to try.")] = OURS,
) -> None:
    """Keeps every processor busy, breaks nothing, and counts probes lost and sessions that went down: none may."""
    lab_name(profile)  # refuses an unknown one before anything runs
    become_root(sys.argv[1:])
    with console.status("soaking") as status:

        def tell(words: str) -> None:
            status.update(escape(words))
            console.print(escape(words))

        path, content = soaking.soak(profile, minutes, tell)
        series.rewrite()
    for flap in content["flaps"]:
        console.print(escape(flap), style="red")
    console.print(f"written: {os.path.relpath(path)}", style="bold")
    raise typer.Exit(0 if content["ok"] else 1)

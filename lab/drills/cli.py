"""The verbs that drill: `lab/cli.py` has them among its own."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from lab.drills import series
from lab.machine import become_root

console = Console(highlight=False, soft_wrap=True)


def drills(
    fault: Annotated[str, typer.Option(help="Only rows whose name holds this.")] = "",
    runs: Annotated[int, typer.Option(min=0, help="Valid runs of each row; 0: as many as the row needs.")] = 0,
    minutes: Annotated[float, typer.Option(min=0, help="Begin no run after so long.")] = 90,
    profile: Annotated[str, typer.Option(help="Only this profile; all of them where none is given.")] = "",
) -> None:
    """Breaks one thing at a time in labs of its own, measures both directions, and reports; does what is missing."""
    wish = series.Wish(fault=fault, runs=runs, minutes=minutes, profile=profile)
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

"""Startup notes as Sakura Cloud's disk edit lays them on a server's disk."""

from __future__ import annotations

from collections.abc import Callable

from lab.api.hidden import reveal
from lab.fabric.inventory import StartupNote


def script_of(note: StartupNote, secret: Callable[[str], str]) -> str:
    """A note's text with its variables put in, `@@@NAME@@@` as Sakura Cloud writes them; it may hold a secret."""
    text = reveal(note.content, secret)
    for name, value in note.variables.items():
        text = text.replace(f"@@@{name}@@@", reveal(value, secret))
    return text

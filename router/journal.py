"""What the agent tells people: lines on stdout, which systemd takes into the journal."""

from __future__ import annotations

import os
import sys


def say(message: str) -> None:
    """One line at normal priority."""
    show(message)


def warn(message: str) -> None:
    """One line that must be seen: journal priority "warning" (sd-daemon(3)), marked in words elsewhere."""
    in_journal = "JOURNAL_STREAM" in os.environ and not sys.stdout.isatty()
    show(f"{'<4>' if in_journal else 'WARNING: '}{message}")


def show(text: str) -> None:
    """Prints to whoever reads; a reader that has left, as `head` does, ends nothing that the agent is doing."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still buffered, and all that follows, goes nowhere: Python flushes once more when it ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)

"""What the agent tells people: lines on stdout, which systemd takes into the journal."""

from __future__ import annotations

import os
import sys


def say(message: str) -> None:
    """One line at normal priority."""
    print(message, flush=True)


def warn(message: str) -> None:
    """One line that must be seen: journal priority "warning" (sd-daemon(3)), marked in words elsewhere."""
    in_journal = "JOURNAL_STREAM" in os.environ and not sys.stdout.isatty()
    print(f"{'<4>' if in_journal else 'WARNING: '}{message}", flush=True)

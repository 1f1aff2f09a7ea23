"""Runs one command of the host and says in full what failed."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from lab.errors import LabFault


def run(argv: Sequence[str], *, timeout_s: float = 60.0, stdin: str | None = None) -> str:
    """Standard output of a command. Raises LabFault with the command and its standard error."""
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            text=True,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise LabFault(f"{shlex.join(argv)}: {fault}") from fault
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise LabFault(f"{shlex.join(argv)}: exit {done.returncode}: {said}")
    return done.stdout


def succeeds(argv: Sequence[str], *, timeout_s: float = 60.0) -> bool:
    """Whether a command exists and exits 0; what it says is dropped.

    Raises LabFault when it does not end in time, which a loaded machine needs much of.
    """
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired as fault:
        raise LabFault(f"{shlex.join(argv)}: no end within {timeout_s:.0f} s") from fault
    except OSError:
        return False
    return done.returncode == 0

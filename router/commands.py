"""Running the programs of this machine."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from typing import Protocol

from router.errors import CommandError

TIMEOUT_S = 120.0
"""Longest time any program may take; systemd's own start timeout is 90 s."""


class Run(Protocol):
    """Runs one program and gives its standard output."""

    def __call__(self, argv: Sequence[str], *, stdin: str = "", secrets: Sequence[str] = ()) -> str:
        """`secrets` are struck out of the error message; secrets go in by `stdin` only. Raises CommandError."""


def run(argv: Sequence[str], *, stdin: str = "", secrets: Sequence[str] = ()) -> str:
    """Runs one program for real; see `Run`."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except FileNotFoundError as error:
        raise CommandError(f"{argv[0]}: not found on this router; the image must hold it") from error
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"`{shlex.join(argv)}` did not end within {TIMEOUT_S:.0f} s") from error
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "it said nothing").replace("\n", "; ")
        for secret in secrets:
            words = words.replace(secret, "***")
        raise CommandError(f"`{shlex.join(argv)}` failed with status {done.returncode}: {words[-2000:]}")
    return done.stdout

"""Runs the fabric's commands; a failure names the namespace, the command and what it said."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence

from lab.errors import LabFault

TIMEOUT_S = 30.0


def inside(netns: str, argv: Sequence[str]) -> list[str]:
    """The command, run in a named network namespace; mounts stay the caller's."""
    return ["nsenter", f"--net=/run/netns/{netns}", "--", *argv]


def run(argv: Sequence[str], *, netns: str | None = None, stdin: str | None = None) -> str:
    """The command's standard output. Raises LabFault with namespace, command and standard error."""
    command = inside(netns, argv) if netns else list(argv)
    place = f"in namespace {netns}" if netns else "outside the fabric's namespaces"
    try:
        done = subprocess.run(
            command,
            input=stdin,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            text=True,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LabFault(f"{place}: {shlex.join(argv)}: {error}") from error
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        raise LabFault(f"{place}: {shlex.join(argv)}: exit {done.returncode}: {said}{_first_lines(stdin)}")
    return done.stdout


def ip_batch(lines: Sequence[str], *, netns: str | None = None) -> None:
    """Runs `ip` once for all lines. Raises LabFault at the first line that fails."""
    if lines:
        run(["ip", "-batch", "-"], netns=netns, stdin="\n".join(lines) + "\n")


def nft(netns: str, ruleset: str) -> None:
    """Replaces a namespace's rule set in one transaction. Raises LabFault with nft's complaint."""
    run(["nft", "-f", "-"], netns=netns, stdin=ruleset)


def _first_lines(stdin: str | None, count: int = 12) -> str:
    if not stdin:
        return ""
    lines = stdin.splitlines()
    more = f"\n  ... {len(lines) - count} more lines" if len(lines) > count else ""
    return "\nits input began:\n  " + "\n  ".join(lines[:count]) + more

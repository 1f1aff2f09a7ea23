"""Runs the fabric's commands; a failure names the namespace, the command and what it said."""

from __future__ import annotations

from collections.abc import Sequence

from lab import command
from lab.errors import LabFault

TIMEOUT_S = 120.0


def inside(netns: str, argv: Sequence[str]) -> list[str]:
    """The command, run in a named network namespace; mounts stay the caller's."""
    return ["nsenter", f"--net=/run/netns/{netns}", "--", *argv]


def run(argv: Sequence[str], *, netns: str | None = None, stdin: str | None = None) -> str:
    """The command's standard output. Raises LabFault with namespace, command and what it said."""
    place = f"in namespace {netns}" if netns else "outside the fabric's namespaces"
    try:
        return command.run(inside(netns, argv) if netns else argv, stdin=stdin, timeout_s=TIMEOUT_S)
    except LabFault as fault:
        raise LabFault(f"{place}: {fault}{_first_lines(stdin)}") from fault


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

"""A node that runs: commands in it, what failed in it, and its end."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabFault

STOPS_WITHIN_S = 100.0
"""A router drains before it stops, and may wait for its sibling."""
LAST_LINES = 12
"""Log lines shown of a unit that failed."""


@dataclass(frozen=True, kw_only=True)
class FailedUnit:
    """A unit that did not start or did not stay."""

    node: str
    unit: str
    result: str
    """systemd's word for it: `exit-code`, `timeout`, `start-limit-hit` ..."""
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        log = "".join(f"\n    {line}" for line in self.last_lines)
        return f"{self.node}: {self.unit} failed ({self.result}); its last log lines:{log or ' none'}"


@dataclass(frozen=True, kw_only=True)
class Booted:
    """One booted node. Every method but `power_off` needs it to be running."""

    name: str
    pid: int
    """Of its systemd, in the lab's process namespace."""
    folder: Path
    """What the lab keeps for it; on a tmpfs."""
    parent: subprocess.Popen[bytes]
    """Waits for systemd; its end kills systemd."""

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` inside the node, also for an interactive shell."""
        return ["nsenter", f"--target={self.pid}", "--all", "--", *argv]

    def run(self, argv: Sequence[str], *, timeout_s: float = 30.0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a command in the node and leaves its exit status to the caller. Raises LabFault when it is too slow."""
        try:
            return subprocess.run(
                self.command(argv), input=stdin, text=True, capture_output=True, timeout=timeout_s, check=False
            )
        except subprocess.TimeoutExpired as fault:
            raise LabFault(f"{self.name}: {shlex.join(argv)}: no end within {timeout_s:.0f} s") from fault

    def is_running(self) -> bool:
        """Whether its systemd lives."""
        return self.parent.poll() is None

    def state(self) -> str:
        """systemd's word for the whole machine: `starting`, `running`, `degraded`, `stopping`."""
        return self.run(["systemctl", "is-system-running"]).stdout.strip()

    def journal(self, unit: str, lines: int = LAST_LINES) -> tuple[str, ...]:
        """The last lines a unit logged, without their stamps."""
        asked = ["journalctl", f"--unit={unit}", f"--lines={lines}", "--output=cat", "--no-pager", "--quiet"]
        return tuple(self.run(asked).stdout.splitlines())

    def failed_units(self) -> tuple[str, ...]:
        """Names of the units that systemd counts as failed."""
        listed = self.run(["systemctl", "list-units", "--failed", "--plain", "--no-legend", "--full", "--all"])
        if listed.returncode:
            raise LabFault(f"{self.name}: systemctl: {listed.stderr.strip()}")
        return tuple(line.split()[0] for line in listed.stdout.splitlines() if line.strip())

    def failed(self) -> tuple[FailedUnit, ...]:
        """Every unit that failed, with the reason systemd has and its last log lines."""
        return tuple(self._describe(unit) for unit in self.failed_units())

    def stop(self, timeout_s: float = STOPS_WITHIN_S) -> None:
        """Shuts the node down as an operator would: units stop in order; after `timeout_s` the power is cut."""
        if self.is_running():
            os.kill(self.pid, signal.SIGRTMIN + 4)  # systemd(1): starts poweroff.target
        try:
            self.parent.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.power_off()

    def power_off(self) -> None:
        """Cuts the power: every process of the node ends at once, nothing is told."""
        if self.is_running():
            os.kill(self.pid, signal.SIGKILL)
        self.parent.wait()

    def _describe(self, unit: str) -> FailedUnit:
        result = self.run(["systemctl", "show", "--property=Result", "--value", unit]).stdout.strip()
        return FailedUnit(node=self.name, unit=unit, result=result or "unknown", last_lines=self.journal(unit))

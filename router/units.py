"""systemd on this router."""

from __future__ import annotations

from collections.abc import Collection

from router.commands import Run

PATH_TARGET = "flets-to-vpc-path.target"
DROP_IN = f"/etc/systemd/system/{PATH_TARGET}.d/50-units.conf"
"""The bundle's file that says which units this router needs beside those of every router."""


class Units:
    """systemctl, and nothing else that starts or stops anything."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def read_files(self) -> None:
        """Takes in changed unit files."""
        self._run(["systemctl", "daemon-reload"])

    def start_path(self) -> None:
        """Starts the path's units that do not run yet and waits until each has started or failed."""
        self._run(["systemctl", "start", PATH_TARGET])

    def start(self, unit: str) -> None:
        """Raises CommandError when it does not start."""
        self._run(["systemctl", "start", unit])

    def restart(self, unit: str) -> None:
        """Raises CommandError when it does not start."""
        self._run(["systemctl", "restart", unit])

    def reload(self, unit: str) -> None:
        """Has a unit read its configuration, and starts it when it does not run."""
        self._run(["systemctl", "reload-or-restart", unit])

    def stop(self, unit: str) -> None:
        """Stops a unit; one that does not run is no error."""
        self._run(["systemctl", "stop", unit])

    def of_path(self) -> tuple[str, ...]:
        """Every unit the path wants on this router, sorted."""
        return tuple(sorted(self._run(["systemctl", "show", "--property=Wants", "--value", PATH_TARGET]).split()))

    def states(self, units: Collection[str]) -> dict[str, str]:
        """`active`, `failed`, `inactive`, ... by unit."""
        if not units:
            return {}
        shown = self._run(["systemctl", "show", "--property=Id,ActiveState", *units])
        states = {}
        for block in shown.strip().split("\n\n"):
            fields = dict(line.split("=", 1) for line in block.splitlines())
            states[fields["Id"]] = fields["ActiveState"]
        return states

    def last_lines(self, unit: str) -> str:
        """What a unit said last, in one line, for a message about it."""
        said = self._run(["journalctl", "--unit", unit, "--lines=5", "--output=cat", "--no-pager"])
        return " | ".join(line for line in said.splitlines() if line) or "it said nothing"


def wanted(drop_in: str) -> tuple[str, ...]:
    """The units a bundle's drop-in wants, sorted."""
    lines = [line.partition("=")[2] for line in drop_in.splitlines() if line.startswith("Wants=")]
    return tuple(sorted({unit for line in lines for unit in line.split()}))

"""Which of FRR's daemons have died: watchfrr starts them again some seconds later, and then sessions and routes go.

Seen by their PID files, for a daemon that only hangs goes on forwarding, and asking one costs more than this.
"""

from __future__ import annotations

from pathlib import Path

DAEMONS = ("zebra", "bgpd", "bfdd")


class Daemons:
    """What was seen of them so far."""

    def __init__(self, frr_run: Path, proc: Path = Path("/proc")) -> None:
        self._frr_run, self._proc = frr_run, proc
        self._seen: set[str] = set()

    def dead(self) -> tuple[str, ...]:
        """Those that were started and do not run; before FRR's first start there are none.

        One that is stopped in order removes its PID file, as all the others do when watchfrr starts zebra anew.
        """
        return tuple(name for name in DAEMONS if not self._runs(name))

    def _runs(self, name: str) -> bool:
        try:
            pid = (self._frr_run / f"{name}.pid").read_text().strip()
        except OSError:
            return name not in self._seen
        self._seen.add(name)
        try:
            return (self._proc / pid / "comm").read_text().strip() == name
        except OSError:
            return False

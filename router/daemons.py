"""Which of FRR's daemons have died: watchfrr starts them again some seconds later, and then sessions and routes go.

Seen by their PID files, for a daemon that only hangs goes on forwarding, and asking one costs more than this.
"""

from __future__ import annotations

from pathlib import Path

DAEMONS = ("zebra", "bgpd", "bfdd")


def dead(frr_run: Path, proc: Path = Path("/proc")) -> tuple[str, ...]:
    """Those that were started and do not run; none where no PID file is, as before FRR's first start."""
    return tuple(name for name in DAEMONS if not _runs(frr_run / f"{name}.pid", proc, name))


def _runs(pid_file: Path, proc: Path, name: str) -> bool:
    try:
        pid = pid_file.read_text().strip()
    except OSError:
        return True
    try:
        return (proc / pid / "comm").read_text().strip() == name
    except OSError:
        return False

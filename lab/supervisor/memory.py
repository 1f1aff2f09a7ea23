"""How much memory a lab's processes take together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def proportional_mib(pids: Iterable[int]) -> int:
    """MiB of these processes, shared memory counted once (proportional set size); those that ended count nothing."""
    return sum(_proportional_kib(pid) for pid in pids) // 1024


def _proportional_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        return 0
    return 0


def all_processes() -> list[int]:
    """Every process of this process namespace."""
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]

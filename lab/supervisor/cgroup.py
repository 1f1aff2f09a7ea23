"""The one thing of a lab that lives outside its namespaces and its folder: a control group.

The nodes' systemd makes its own groups below it, and whatever is in it belongs to the lab.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def hierarchies() -> tuple[Path, ...]:
    """The mounted hierarchies that systemd uses: its own of version 1, and version 2."""
    if (ROOT / "cgroup.controllers").exists():
        return (ROOT,)
    found = (ROOT / "systemd", ROOT / "unified")
    return tuple(path for path in found if (path / "cgroup.procs").exists())


@dataclass(frozen=True)
class Cgroup:
    """A control group of the same name in each of systemd's hierarchies."""

    name: str

    @classmethod
    def of_lab(cls, checkout: Path, lab: str) -> Cgroup:
        """The group of a lab: equal names in two checkouts must not meet."""
        digest = hashlib.sha256(f"{checkout}\0{lab}".encode()).hexdigest()
        return cls(f"flets-to-vpc-{digest[:12]}")

    @property
    def folders(self) -> tuple[Path, ...]:
        """The group's folder in each hierarchy."""
        return tuple(hierarchy / self.name for hierarchy in hierarchies())

    def create(self) -> None:
        """Makes the group. Raises OSError where the host forbids it."""
        for folder in self.folders:
            folder.mkdir(exist_ok=True)

    def enter(self) -> None:
        """Moves the calling process into the group; its children follow."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text("0")

    def pids(self) -> set[int]:
        """Every process in the group and below, as this process's namespace numbers them."""
        found: set[int] = set()
        for folder in self.folders:
            for group, _, _ in os.walk(folder):
                try:
                    found.update(int(pid) for pid in Path(group, "cgroup.procs").read_text().split())
                except OSError:  # the group went away while it was read
                    continue
        return found - {0}

    def end(self, within_s: float = 10.0) -> bool:
        """Kills every process in the group and waits for the last; False when one is left."""
        deadline = time.monotonic() + within_s
        while pids := self.pids():
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def remove(self, within_s: float = 5.0) -> None:
        """Removes the group's empty folders, innermost first; a group that still has processes stays."""
        deadline = time.monotonic() + within_s
        for top in self.folders:
            while top.exists() and not _rmdir_tree(top) and time.monotonic() < deadline:
                time.sleep(0.02)  # the kernel frees a group a moment after its last process

    def succeeds_inside(self, argv: Sequence[str]) -> bool:
        """Whether a command run in this group exits 0."""
        done = subprocess.run(argv, preexec_fn=self.enter, capture_output=True, check=False)
        return done.returncode == 0


def _rmdir_tree(top: Path) -> bool:
    """Removes a group and those below it; False when one of them is still busy."""
    for folder, _, _ in os.walk(top, topdown=False):
        try:
            os.rmdir(folder)
        except FileNotFoundError:
            continue
        except OSError:
            return False
    return True

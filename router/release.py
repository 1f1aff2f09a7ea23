"""Giving the pair's roll-out lock back once this router is ready again, from a child: AWS calls are not for `watch`."""

from __future__ import annotations

import os
import subprocess
import sys

from router.paths import Paths

UNLOCK = (sys.executable, "-P", "-s", "-m", "router", "unlock")


class Release:
    """Starts the child at the first ready moment after a start, and whenever this router has taken the lock."""

    def __init__(self, paths: Paths) -> None:
        # As text: making a path anew each time would cost more than the look.
        self._lock_flag = os.fspath(paths.lock_flag)
        self._child: subprocess.Popen[bytes] | None = None
        self._is_first = True

    def when_ready(self) -> None:
        """Called at every ready moment."""
        if self._child is None and (self._is_first or os.path.exists(self._lock_flag)):
            self._is_first = False
            self._child = subprocess.Popen(UNLOCK)

    def reap(self) -> None:
        """Called now and then."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None

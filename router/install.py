"""Putting a bundle's files in place, and taking away those of the bundle before it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from router import files
from router.bundle import Bundle
from router.paths import Paths
from router.state import State

FRR_OWNER = "frr"
"""User and group; FRR's daemons refuse a configuration that is not theirs."""


class Installer:
    """Writes bundles to this router's disk."""

    def __init__(self, paths: Paths, state: State) -> None:
        self._paths = paths
        self._state = state

    def write(self, bundle: Bundle) -> None:
        """Every file of the bundle, all written before the first is renamed into place."""
        self._state.write_installed({*self._state.installed(), *bundle.by_path})
        files.write_all([(self._paths.at(f.path), f.content, f.mode) for f in bundle.files], self._own)

    def remove_all_but(self, bundle: Bundle) -> tuple[str, ...]:
        """Removes what earlier bundles left; gives the paths, sorted."""
        gone = tuple(sorted(set(self._state.installed()) - set(bundle.by_path)))
        for path in gone:
            self._paths.at(path).unlink(missing_ok=True)
        self._state.write_installed(bundle.by_path)
        return gone

    def _own(self, temporary: Path, final: Path) -> None:
        if final.is_relative_to(self._paths.at("/etc/frr")) and os.geteuid() == 0:
            shutil.chown(temporary, FRR_OWNER, FRR_OWNER)

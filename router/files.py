"""Writing files so that a crash leaves the old or the new one, never half of either."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

SUFFIX = ".flets-to-vpc-new"
"""A temporary name that no daemon's folder scan takes for a configuration file."""


def write_all(files: Sequence[tuple[Path, bytes, int]], chown: Callable[[Path, Path], None] | None = None) -> None:
    """Writes every (path, content, mode) under a temporary name, then renames them all.

    `chown(temporary, final)` may set the owner before the file gets its name.
    """
    for path, content, mode in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(path)
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        if chown is not None:
            chown(temporary, path)
    for path, _, _ in files:
        _temporary(path).replace(path)


def write(path: Path, content: str, mode: int = 0o600) -> None:
    """Writes one text file, readable by root alone unless told."""
    write_all([(path, content.encode(), mode)])


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}{SUFFIX}")

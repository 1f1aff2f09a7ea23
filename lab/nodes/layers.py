"""Layers of a node's overlay: trees with the owners and modes an image would give them, whatever this checkout has."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

DIRECTORY_MODE = 0o755
PROGRAM_MODE = 0o755
FILE_MODE = 0o644
_NOT_COPIED = frozenset({"__pycache__"})


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder that must be there, with the owner and mode a package gives it."""

    path: str
    mode: int = DIRECTORY_MODE
    owner: str = "root"
    """A user of this machine; the folder's group is that user's."""


def copy_tree(source: Path, target: Path) -> None:
    """Lays a tree of the checkout into a layer, owned by root; only "executable" is kept of modes, as by git.

    Raises OSError when the source is not there.
    """
    for folder, names, files in os.walk(source, onerror=_raise):
        names[:] = [name for name in names if name not in _NOT_COPIED]
        here = target / Path(folder).relative_to(source)
        make_folder(here)
        for name in (*files, *(n for n in names if (Path(folder) / n).is_symlink())):
            _copy_entry(Path(folder) / name, here / name)


def _raise(fault: OSError) -> None:
    raise fault


def _copy_entry(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
        return
    shutil.copyfile(source, target)
    target.chmod(PROGRAM_MODE if source.stat().st_mode & stat.S_IXUSR else FILE_MODE)


def write(layer: Path, path: str, content: str, mode: int = FILE_MODE) -> None:
    """Writes one file of a layer; a secret one is never readable in between."""
    target = layer / path.lstrip("/")
    make_folder(target.parent)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
    target.chmod(mode)


def link(layer: Path, path: str, to: str) -> None:
    """Makes a symbolic link in a layer."""
    target = layer / path.lstrip("/")
    make_folder(target.parent)
    target.symlink_to(to)


def make_folder(path: Path) -> None:
    """Makes a folder and those above it with an image's mode, whatever the caller's umask."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir()
    path.chmod(DIRECTORY_MODE)


def lay_folders(layer: Path, folders: Iterable[Folder]) -> None:
    """Makes folders with their owners. Raises KeyError for a user this machine does not have."""
    for folder in folders:
        path = layer / folder.path
        make_folder(path)
        owner = pwd.getpwnam(folder.owner)
        os.chown(path, owner.pw_uid, owner.pw_gid)
        path.chmod(folder.mode)


def hide(layer: Path, path: str) -> None:
    """Hides what a lower layer has at this path: overlayfs takes a character device 0:0 for "not there"."""
    target = layer / path.lstrip("/")
    make_folder(target.parent)
    os.mknod(target, stat.S_IFCHR)


def hide_all_but(layer: Path, folder: str, kept: Collection[str], prefixes: tuple[str, ...] = ()) -> None:
    """Hides every entry the host has in a folder, except those named."""
    present = Path("/") / folder
    for name in os.listdir(present) if present.is_dir() else ():
        if name not in kept and not (prefixes and name.startswith(prefixes)):
            hide(layer, f"{folder}/{name}")

"""What a change does to a stack: its resources and its rendered files, seen on the emulated clouds.

base program -> emulated clouds -> head program on the same clouds -> what the engine did, and how the bundles differ
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from lab.diff.bundles import Files, rendered_files
from lab.diff.comment import comment, refusal
from lab.diff.steps import changes
from lab.errors import BadInput, LabFault
from lab.supervisor.folder import CHECKOUT

REFUSED, FAILED = 2, 1
"""Exit statuses of the engine: the program or its stack file said no; a cloud did."""


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One of the two programs that are compared."""

    program: Path
    """Folder of its `__main__.py`."""
    out: Path
    """Folder for what the engine writes."""


def diff(stack: str, base: str, build: Path, checkout: Path = CHECKOUT) -> Path:
    """Writes `STACK.md`, the effect of a checkout's program against a commit of its, and returns its path.

    Raises BadInput for an unknown commit or stack, and for a change that the program or an emulated cloud refuses (the
    file then says so); LabFault when the base itself cannot be deployed.
    """
    stack_file = f"Pulumi.{stack}.yaml"
    if not (checkout / stack_file).is_file():
        raise BadInput([f"{stack!r}: there is no {stack_file} in this checkout (STACK)"])
    work = build / f"{stack}.work"
    shutil.rmtree(work, ignore_errors=True)
    before = _Side(program=work / "base", out=work / "before")
    after = _Side(program=checkout, out=work / "after")
    try:
        _unpack(checkout, base, before.program)
        old_files: Files = {}
        if (before.program / stack_file).is_file():  # else the stack is new, and all of it is created
            said = _engine(before, stack, work)
            if said:
                raise LabFault(f"{base}: its own {stack_file} cannot be deployed, so nothing can be compared: {said}")
            old_files = rendered_files(before.out / "clouds.json")
        return _written(build / f"{stack}.md", stack, base, _engine(after, stack, work), old_files, after.out)
    finally:
        shutil.rmtree(work, ignore_errors=True)  # its store holds the keys of the emulated stack


def _written(path: Path, stack: str, base: str, said: str | None, old_files: Files, out: Path) -> Path:
    if said:
        path.write_text(refusal(stack, base, said))
        raise BadInput([f"stack {stack}: this change is refused ({path.name} says so too):", *said.splitlines()])
    path.write_text(comment(stack, base, changes(out / "steps.json"), old_files, rendered_files(out / "clouds.json")))
    return path


def _unpack(checkout: Path, commit: str, folder: Path) -> None:
    """The tree of a commit, without touching the checkout. Raises BadInput when git knows no such commit."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["git", "archive", "--format=tar", f"{commit}^{{tree}}"], cwd=checkout, capture_output=True, check=False
    )
    if done.returncode:
        raise BadInput([f"{commit!r}: git knows no such commit (BASE); fetch it, or state another"])
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def _engine(side: _Side, stack: str, work: Path) -> str | None:
    """Brings the emulated clouds to what a program states; what was said when it could not, else None."""
    side.out.mkdir()
    files = {
        "--stack-file": side.program / f"Pulumi.{stack}.yaml",
        "--program": side.program,
        "--store": work / "store.db",
        "--state": work / "state.json",
        "--out": side.out,
    }
    done = subprocess.run(
        [sys.executable, "-m", "lab.engine", "up", "--stack", stack]
        + [word for option, path in files.items() for word in (option, os.fspath(path))],
        cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode in (0, REFUSED, FAILED):
        return (done.stderr.strip() or done.stdout.strip()) if done.returncode else None
    raise LabFault(f"the engine ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")

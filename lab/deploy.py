"""Deploys a stack on the emulated clouds, in a child process, before anything of a running lab is touched."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

from lab.engine.project import lacking
from lab.errors import BadInput, LabFault, MachineLacks
from lab.nodes.differences import STAND_INS
from lab.supervisor.folder import CHECKOUT, LabFolder, write_atomically
from lab.world import World

REFUSED = 2
"""Exit status of the engine for a program that refuses its stack file."""
STACK_FILE = re.compile(r"Pulumi\.([^/]+)\.yaml")
STATES = {"sdk": "state.json", "cli": "pulumi"}
"""What each engine remembers: a file, or the folder of the Pulumi CLI's backend."""
DEPLOYED = ("store.db", *STATES.values(), "project", "clouds.json", "outputs.json", "world.json")


def engine(wished: str) -> str:
    """`cli` or `sdk` for what was asked, `auto` being the Pulumi CLI where it is on PATH. Raises MachineLacks."""
    lacks = lacking()
    if wished == "cli" and lacks:
        raise MachineLacks([f"{name} on PATH (ENGINE=cli; ENGINE=sdk needs no Pulumi CLI)" for name in lacks])
    return "sdk" if wished == "sdk" or lacks else "cli"


def stack_file(stack: str) -> Path:
    """The file of a stack that is named, or given as a file that is called like one. Raises BadInput without one."""
    stated = STACK_FILE.fullmatch(Path(stack).name)
    path = Path(stack).resolve() if stated else CHECKOUT / f"Pulumi.{stack}.yaml"
    if not path.is_file() or (not stated and "/" in stack):
        known = sorted(file.name.split(".")[1] for file in CHECKOUT.glob("Pulumi.*.yaml"))
        raise BadInput([f"{stack!r}: no stack file Pulumi.{stack}.yaml (STACK); there are: {', '.join(known)}"])
    return path


def stack_name(stack: str) -> str:
    """The name of a stack that is named, or given as its file."""
    stated = STACK_FILE.fullmatch(Path(stack).name)
    return stated[1] if stated else stack


def deploy(folder: LabFolder, stack: str, world: Path | None, driven_by: str = "sdk") -> int:
    """Deploys into the lab's incoming folder and returns the engine's peak memory in MiB.

    Raises BadInput with everything the program refuses, LabFault when the engine fails.
    """
    stated = stack_file(stack)
    incoming = folder.incoming
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    _run_engine("up", driven_by, stack_name(stack), stated, incoming, world)
    (incoming / "world.json").write_text(read_world(world or stated).json())
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def update(folder: LabFolder, driven_by: str, stack: str, stated: Path, world: Path | None) -> str:
    """Brings the lab's clouds to what a stack file says now and returns the table of steps; raises as `deploy` does."""
    outside = read_world(world or stated)
    table = _run_engine("up", driven_by, stack, stated, folder.path, world)
    write_atomically(folder / "world.json", outside.json())
    return table


def destroy(folder: LabFolder, driven_by: str, stack: str) -> str:
    """Deletes all that the stack made in the lab's clouds and returns the table of steps; raises as `deploy` does."""
    return _run_engine("destroy", driven_by, stack, stack_file(stack), folder.path, None)


def _run_engine(verb: str, driven_by: str, stack: str, stated: Path, place: Path, world: Path | None) -> str:
    """Runs the engine on the clouds in a folder; what it printed."""
    argv = [
        sys.executable,
        "-m",
        "lab.engine",
        verb,
        "--engine",
        driven_by,
        "--stack-file",
        os.fspath(stated),
        "--stack",
        stack,
    ]
    argv += ["--store", os.fspath(place / "store.db"), "--state", os.fspath(place / STATES[driven_by])]
    argv += ["--out", os.fspath(place), *(["--world", os.fspath(world)] if world else [])]
    done = subprocess.run(
        ["setpriv", "--pdeathsig", "KILL", "--", *argv],
        cwd=CHECKOUT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stderr.strip() or done.stdout.strip()
    if done.returncode == REFUSED:
        raise BadInput(said.splitlines())
    if done.returncode:
        raise LabFault(f"{verb} of {stack} failed (exit {done.returncode}): {said}")
    return done.stdout


def stand_ins(stated: Path) -> tuple[str, ...]:
    """All that is not as it would be: the values of a stack file that the lab made up, and the nodes' differences."""
    return (*read_world(stated).stand_ins, *STAND_INS)


def read_world(path: Path) -> World:
    """The outside world a file states. Raises BadInput."""
    try:
        return World.load(path)
    except (OSError, ValueError) as fault:
        raise BadInput(str(fault).splitlines()) from fault


def take_over(folder: LabFolder) -> None:
    """Makes what was just deployed the lab's own; the lab that used the last one must have ended."""
    for name in DEPLOYED:
        incoming, place = folder.incoming / name, folder / name
        if place.is_dir():
            shutil.rmtree(place)
        if incoming.exists():
            incoming.replace(place)
        else:
            place.unlink(missing_ok=True)  # the other engine's
    shutil.rmtree(folder.incoming)

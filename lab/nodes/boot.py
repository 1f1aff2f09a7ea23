"""Starts a node: its own layer, its namespaces, its group of processes, and systemd in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from lab.command import run
from lab.errors import LabFault
from lab.fabric.inventory import Node
from lab.nodes import layers
from lab.nodes.booted import Booted
from lab.nodes.image import Image
from lab.nodes.startup_notes import script_of
from lab.supervisor.cgroup import ROOT as CGROUPS
from lab.supervisor.cgroup import hierarchies

PID1 = Path(__file__).resolve().parent / "pid1.sh"
DISK = "disk"
"""The tmpfs a node writes to, below its folder."""
WRITABLE_SIZE = "128m"
"""Limit of what a node may write to its disk, which is memory here."""
ANSWERS_WITHIN_S = 60.0
NAMESPACES = ("--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "--kill-child")
NOTES_FOLDER = "root/.sacloud-api/notes"
"""Where Sakura Cloud's disk edit puts startup notes, and the image's rc.local finds them."""


def boot(node: Node, image: Image, secret: Callable[[str], str]) -> Booted:
    """Boots a node from a new disk and returns when its systemd answers; what it then starts is not waited for.

    `secret` gives the value of a secret of the clouds' store, for the startup notes of a Sakura server.
    Raises LabFault with the node and what its start said.
    """
    folder = image.directory / node.name
    _throw_away(folder)
    disk = folder / DISK
    disk.mkdir(parents=True)
    run(["mount", "-t", "tmpfs", "-o", f"mode=0755,size={WRITABLE_SIZE}", f"disk-{node.name}", os.fspath(disk)])
    _lay_node(folder / "layer", node, image, secret)
    return boot_again(node, image)


def boot_again(node: Node, image: Image) -> Booted:
    """Boots a node from the disk it had; whatever ran on it must have ended. Raises LabFault as `boot` does."""
    folder = image.directory / node.name
    log = folder / "start.log"
    with open(log, "wb") as errors:
        parent = _start(node, image, errors)
    pid = _first_line(parent)
    if pid is None:
        parent.wait()
        raise LabFault(f"{node.name}: did not start (exit {parent.returncode}): {log.read_text().strip()}")
    booted = Booted(name=node.name, pid=pid, folder=folder, parent=parent)
    _await_answer(booted)
    return booted


def _throw_away(folder: Path) -> None:
    """Removes what an earlier machine of this name left."""
    if folder.exists():
        run(["umount", "--lazy", os.fspath(folder / DISK)])
        shutil.rmtree(folder)


def _lay_node(layer: Path, node: Node, image: Image, secret: Callable[[str], str]) -> None:
    """What a cloud writes to this one machine's disk, or answers it by DNS and DHCP."""
    layers.make_folder(layer)
    host_name = node.host_name or node.name
    names = "".join(f"{address} {name}\n" for name, address in sorted(image.hosts.items()))
    layers.write(layer, "etc/hostname", f"{host_name}\n")
    layers.write(layer, "etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {host_name}\n{names}")
    if node.startup_notes:
        layers.lay_folders(layer, [layers.Folder(path=path, mode=0o700) for path in ("root", NOTES_FOLDER)])
    for note in node.startup_notes:
        layers.write(layer, f"{NOTES_FOLDER}/{note.id}.sh", script_of(note, secret), mode=0o700)


def _start(node: Node, image: Image, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    lower = ":".join([f"{node.name}/layer", *image.shared_layers, "/"])
    layout = "v2" if hierarchies() == (CGROUPS,) else " ".join(path.name for path in hierarchies())
    into = ["ip", "netns", "exec", node.netns, "unshare", *NAMESPACES, "--"]
    return subprocess.Popen(
        [*into, PID1, f"{node.name}/{DISK}", lower, layout],
        cwd=image.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        preexec_fn=_GroupOf(node.name).enter,
        start_new_session=True,
    )


class _GroupOf:
    """The node's control group below the caller's own, in each hierarchy that systemd uses."""

    def __init__(self, name: str) -> None:
        own = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
        self._folders = []
        for hierarchy in hierarchies():
            controllers = "" if (hierarchy / "cgroup.controllers").exists() else f"name={hierarchy.name}"
            self._folders.append(hierarchy / own[controllers].lstrip("/") / name)
        for folder in self._folders:
            folder.mkdir(exist_ok=True)

    def enter(self) -> None:
        """Moves the calling process in, before the new cgroup namespace takes it as its root."""
        for folder in self._folders:
            (folder / "cgroup.procs").write_text("0")


def _first_line(parent: subprocess.Popen[bytes]) -> int | None:
    """The process id that pid1.sh prints when the root is made; None when it ended before."""
    assert parent.stdout is not None
    with parent.stdout as output:
        line = output.readline().strip()
    return int(line) if line else None


def _await_answer(booted: Booted) -> None:
    socket = Path(f"/proc/{booted.pid}/root/run/systemd/private")
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while not os.path.lexists(socket):
        if time.monotonic() > deadline:
            booted.power_off()
            raise LabFault(f"{booted.name}: its systemd did not answer within {ANSWERS_WITHIN_S:.0f} s")
        time.sleep(0.01)

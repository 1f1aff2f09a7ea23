"""Runs a fabric inside namespaces of its own and does there what a test asks over a pipe: `inside.py FD`."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from lab.clouds.view import Clouds  # noqa: E402
from lab.fabric import Fabric, FabricState, build, runner  # noqa: E402
from lab.fabric.changes import Changes  # noqa: E402
from lab.machine import Tools  # noqa: E402
from lab.world import World  # noqa: E402

TOOLS = Tools(wireguard="wireguard-go", gre="userspace")


class Inside:
    """What a test can ask for."""

    def __init__(self) -> None:
        self._fabric: Fabric | None = None
        self._started: list[subprocess.Popen[bytes]] = []

    def build(self, clouds: Clouds, world: World) -> float:
        self._fabric = build(clouds, world, TOOLS)
        return self._fabric.seconds

    def resync(self, clouds: Clouds) -> Changes:
        return self._known().resync(clouds)

    def state(self) -> FabricState:
        return self._known().state()

    def run(self, netns: str, argv: list[str], stdin: str | None) -> tuple[int, str]:
        command = runner.inside(netns, argv)
        done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=30, check=False)
        return done.returncode, done.stdout + done.stderr

    def start(self, netns: str, argv: list[str]) -> int:
        log = Path(f"/run/wireguard/started-{len(self._started)}").open("wb")  # noqa: SIM115
        self._started.append(subprocess.Popen(runner.inside(netns, argv), stdout=log, stderr=log))
        return len(self._started) - 1

    def stop(self, number: int) -> None:
        self._started[number].kill()
        self._started[number].wait()

    def write(self, path: str, text: str) -> None:
        Path(path).write_text(text)

    def site_vtysh(self, name: str) -> list[str]:
        return self._known().site_vtysh(name)

    def close(self) -> list[str]:
        """Ends the fabric and names the namespaces that are left."""
        for started in self._started:
            started.kill()
            started.wait()
        self._known().close()
        self._fabric = None
        return [path.name for path in Path("/run/netns").iterdir()]

    def _known(self) -> Fabric:
        if self._fabric is None:
            raise RuntimeError("no fabric was built")
        return self._fabric


def main(descriptor: int) -> None:
    for folder in ("/run/netns", "/run/wireguard"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    connection, inside = Connection(descriptor), Inside()
    with contextlib.suppress(EOFError):
        while True:
            name, arguments = connection.recv()
            method: Callable[..., Any] = getattr(inside, name)
            try:
                connection.send((True, method(*arguments)))
            except Exception as error:  # what went wrong is the test's to judge
                connection.send((False, f"{type(error).__name__}: {error}"))


if __name__ == "__main__":
    main(int(sys.argv[1]))

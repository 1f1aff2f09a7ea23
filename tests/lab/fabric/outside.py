"""The test's end of the pipe to a fabric in namespaces of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from lab.fabric import FabricState
from lab.fabric.changes import Changes
from tests.lab.fabric.deployed import Deployed, world

_ANSWERS_WITHIN_S = 240.0
_FOLDERS = ("/run/netns", "/run/wireguard")


class Failed(Exception):
    """What was asked for raised inside."""


class Lab:
    """A fabric built from a deployment; everything ends with the process that holds the namespaces."""

    def __init__(self, deployed: Deployed | None = None) -> None:
        self.deployed = deployed or Deployed()
        for folder in _FOLDERS:
            Path(folder).mkdir(exist_ok=True)
        self._near, far = Pipe()
        script = Path(__file__).with_name("inside.py")
        outer = ["unshare", "-mnpf", "--kill-child", "--mount-proc", sys.executable, "-B", str(script)]
        self._process = subprocess.Popen([*outer, str(far.fileno())], pass_fds=[far.fileno()])
        far.close()
        try:
            self.seconds = self.ask("build", self.deployed.clouds(), world())
        except BaseException:
            self.end()
            raise

    def ask(self, method: str, *arguments: Any) -> Any:
        """Calls a method of `Inside`. Raises Failed with what it raised."""
        self._near.send((method, arguments))
        if not self._near.poll(_ANSWERS_WITHIN_S):
            raise Failed(f"{method}: no answer within {_ANSWERS_WITHIN_S} s")
        succeeded, answer = self._near.recv()
        if not succeeded:
            raise Failed(answer)
        return answer

    def resync(self) -> Changes:
        """Makes the fabric follow the changed deployment."""
        changes: Changes = self.ask("resync", self.deployed.clouds())
        return changes

    def state(self) -> FabricState:
        """What the fabric says of itself."""
        state: FabricState = self.ask("state")
        return state

    def run(self, netns: str, *argv: str, stdin: str | None = None) -> str:
        """Output of a command that succeeds in a namespace. Raises AssertionError with what it said."""
        status, said = self.ask("run", netns, list(argv), stdin)
        assert status == 0, f"{netns}: {' '.join(argv)}: {said}"
        return str(said)

    def start(self, netns: str, *argv: str) -> int:
        """Starts a command that goes on; the number is for `stop`."""
        return int(self.ask("start", netns, list(argv)))

    def pings(self, netns: str, address: str, *options: str) -> bool:
        """Whether an echo comes back."""
        status, _ = self.ask("run", netns, ["ping", "-n", "-q", "-c1", "-W0.4", *options, address], None)
        return bool(status == 0)

    def connects(self, netns: str, address: str, port: int) -> bool:
        """Whether a TCP handshake completes."""
        program = f"import socket; socket.create_connection(({address!r}, {port}), timeout=0.5)"
        status, _ = self.ask("run", netns, [sys.executable, "-I", "-c", program], None)
        return bool(status == 0)

    def serve(self, netns: str, port: int) -> int:
        """A TCP server on every address; ready when this returns."""
        number = self.start(netns, sys.executable, "-I", "-m", "http.server", str(port))
        wait_until(lambda: f":{port} " in self.run(netns, "ss", "-ltn"))
        return number

    def udp(self, netns: str, address: str, port: int, source_port: int) -> None:
        """Sends one datagram."""
        program = (
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
            f"s.bind(('', {source_port})); s.sendto(b'x', ({address!r}, {port}))"
        )
        self.run(netns, sys.executable, "-I", "-c", program)

    def dropped(self, rule: str) -> int:
        """Packets that were dropped with these words."""
        return sum(drop.packets for drop in self.state().drops if rule in f"{drop.hop} {drop.resource} {drop.rule}")

    def end(self) -> None:
        """Ends all of it."""
        self._near.close()
        self._process.kill()
        self._process.wait()


def wait_until(holds: Callable[[], bool], *, within_s: float = 8.0) -> None:
    """Waits for something to hold. Raises AssertionError when it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.05)

"""The lab's handle on its API process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from lab.api import control
from lab.api.names import API_ADDRESS, host_names
from lab.clouds.view import Clouds
from lab.errors import LabFault

CHECKOUT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_S = 180.0
ANSWERS_WITHIN_S = 20.0


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """Something AWS sent to a node: an association or Run Command."""

    id: str
    node: str
    machine_id: str
    association_id: str
    """Empty for Run Command."""
    commands: tuple[str, ...]
    status: str
    """`Pending`, `InProgress`, `Success` or `Failed`."""
    exit_code: int | None
    output: str

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> CommandResult:
        """As the API process tells it."""
        return cls(**{**message, "commands": tuple(message["commands"])})


class ApiServer:
    """A running API process."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, hosts: Mapping[str, IPv4Address]) -> None:
        self._process = process
        self._folder = folder
        self._ready = False
        self.hosts = hosts
        """Names a node must find, with their address."""

    @property
    def ca_path(self) -> Path:
        """The lab's certificate authority (PEM); there when the process is ready."""
        return self._folder / "ca.pem"

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def wait_ready(self) -> None:
        """Waits until everything deployed is loaded. Raises LabFault with what the process said when it ended."""
        if self._ready:
            return
        assert self._process.stdout is not None
        deadline = time.monotonic() + READY_WITHIN_S
        line = self._process.stdout.readline()
        if line.strip() != "ready" or time.monotonic() > deadline:
            self.stop()
            log = (self._folder / "api.log").read_text(errors="replace").strip()
            raise LabFault(f"the emulated AWS API did not start: {log.splitlines()[-1] if log else 'it said nothing'}")
        self._ready = True

    def open(self, netns: str = "api") -> None:
        """Serves AWS's names at 192.0.2.10 port 443 of a namespace, whose address must be there."""
        self._ask("open", netns=netns)

    def open_metadata(self, netns: str, vpc_id: str) -> None:
        """Serves instance metadata in a VPC's namespace, whose loopback must have 169.254.169.254."""
        self._ask("open_metadata", netns=netns, vpc_id=vpc_id)

    def resync(self) -> None:
        """Takes what is deployed now, after another `up`; changed associations go out to the nodes."""
        self._ask("resync")

    def forget(self, node: str) -> None:
        """Forgets the registration of a hybrid node that is to register again with the same activation."""
        self._ask("forget", node=node)

    def run_command(self, node: str, commands: Sequence[str], timeout_s: float = 60.0) -> CommandResult:
        """Run Command on a router by its name. Raises LabFault when it is not online or gives no result in time."""
        answer = self._ask("run_command", wait_s=timeout_s, node=node, commands=list(commands), timeout_s=timeout_s)
        return CommandResult.of(answer["command"])

    def commands(self) -> tuple[CommandResult, ...]:
        """Everything AWS sent to the nodes so far, oldest first."""
        return tuple(CommandResult.of(message) for message in self._ask("commands")["commands"])

    def nodes(self) -> tuple[tuple[str, str], ...]:
        """Name and instance id of every node whose agent has reached the API."""
        return tuple((name, machine_id) for name, machine_id in self._ask("nodes")["nodes"])

    def written_parameters(self) -> tuple[str, ...]:
        """Names of the parameters that routers wrote and have not deleted: a pair's roll-out lock is one."""
        return tuple(self._ask("written_parameters")["names"])

    def stop(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _ask(self, verb: str, wait_s: float = 0.0, **arguments: object) -> control.Message:
        self.wait_ready()
        return control.ask(self._folder / "api.sock", verb, arguments, ANSWERS_WITHIN_S + wait_s)


def start(store_path: Path, clouds_path: Path, run_dir: Path, *, region: str) -> ApiServer:
    """Starts the API process and returns at once: it imports moto (a second) while the fabric is built.

    `run_dir` gets the CA, the server's key (0600), the control socket and the log. The process ends with its parent.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    run_dir.chmod(0o700)
    buckets = [str(b.outputs.get("bucket") or b.id) for b in Clouds.load(clouds_path).of("aws:s3/bucket:Bucket")]
    argv = [sys.executable, "-m", "lab.api.server", *map(os.fspath, (store_path, clouds_path, run_dir)), region]
    with open(run_dir / "api.log", "wb") as log:
        process = subprocess.Popen(
            argv,
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    return ApiServer(process, run_dir, dict.fromkeys(host_names(region, buckets), API_ADDRESS))

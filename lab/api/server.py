"""The API process: seeds moto from the store, then serves AWS under its real names, metadata, and the lab's own verbs.

Run as `python -m lab.api.server STORE CLOUDS FOLDER REGION`; no secret is ever an argument.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import ssl
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from lab.api import control, deployed, https, metadata, names, namespace_sockets, sessions
from lab.api.access import Session
from lab.api.agent_calls import AgentCalls
from lab.api.certificates import make_certificates
from lab.api.control import Message
from lab.api.fleet import Fleet
from lab.api.gate import Gate
from lab.api.machines import machine_facts
from lab.api.managed_policies import managed_policy
from lab.api.seed import Seeder
from lab.clouds.store import Store
from lab.clouds.view import Clouds

CA_FILE, SERVER_FILE, SOCKET_FILE = "ca.pem", "server.pem", "api.sock"


class Server:
    """All that the API process holds."""

    def __init__(self, store: Path, clouds: Path, folder: Path, region: str) -> None:
        self._store, self._clouds, self._folder, self._region = store, clouds, folder, region
        self._lock = threading.RLock()
        self._deployed = deployed.Deployed(
            roles={}, parameter_keys={}, object_keys={}, key_policies={}, bucket_policies={}
        )
        self._sessions = sessions.Sessions(region)
        self._fleet = Fleet()
        self._seeder = Seeder(region)
        self._metadata = metadata.Metadata(partial(self._assume, sessions.EC2))
        self._gate = Gate(
            moto=DomainDispatcherApplication(create_backend_app),
            moto_lock=self._lock,
            agent_calls=AgentCalls(self._fleet, partial(self._assume, sessions.SYSTEMS_MANAGER)),
            session_of=self._sessions.find,
            deployed=lambda: self._deployed,
        )

    def load(self) -> None:
        """Takes what the clouds hold now."""
        clouds, store = Clouds.load(self._clouds), Store(self._store)
        try:
            with self._lock:
                self._deployed = deployed.read(clouds, store.secret, managed_policy)
                self._seeder.seed(clouds, store.secret)
            self._metadata.load(machine_facts(clouds, self._region))
            self._fleet.load(clouds, store.secret)
        finally:
            store.close()

    def verbs(self) -> dict[str, Any]:
        """What the lab may ask."""
        return {
            "ping": lambda question: {},
            "open": self._open,
            "open_metadata": self._open_metadata,
            "resync": self._resync,
            "forget": self._forget,
            "run_command": self._run_command,
            "commands": lambda question: {"commands": [dataclasses.asdict(c) for c in self._fleet.commands()]},
            "nodes": lambda question: {"nodes": self._fleet.nodes()},
            "written_parameters": self._written_parameters,
        }

    def _assume(self, service: str, role: str, name: str) -> Session:
        return self._sessions.assume(role, service, name, self._deployed)

    def _open(self, question: Message) -> Message:
        listening = namespace_sockets.listen(question["netns"], names.API_ADDRESS, names.API_PORT)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._folder / SERVER_FILE)
        https.serve(self._gate, listening, context)
        return {}

    def _open_metadata(self, question: Message) -> Message:
        listening = namespace_sockets.listen(question["netns"], names.METADATA_ADDRESS, names.METADATA_PORT)
        metadata.serve(self._metadata, question["vpc_id"], listening)
        return {}

    def _resync(self, question: Message) -> Message:
        self.load()
        return {}

    def _forget(self, question: Message) -> Message:
        self._fleet.forget(question["node"])
        return {}

    def _run_command(self, question: Message) -> Message:
        command = self._fleet.run_command(question["node"], question["commands"], float(question["timeout_s"]))
        return {"command": dataclasses.asdict(command)}

    def _written_parameters(self, question: Message) -> Message:
        with self._lock:
            return {"names": self._seeder.written()}


def main(store: str, clouds: str, folder: str, region: str) -> None:
    """Serves until it is told to end."""
    # The parent is gone when its end of the pipe closes, however it died.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = Path(folder)
    make_certificates(place / CA_FILE, place / SERVER_FILE, names.certificate_names(region))
    server = Server(Path(store), Path(clouds), place, region)
    server.load()
    control.serve(place / SOCKET_FILE, server.verbs())
    print("ready", flush=True)
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])

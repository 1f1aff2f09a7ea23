"""The running lab's control socket: one JSON request and one JSON answer per connection."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lab.errors import LabFault
from lab.supervisor.folder import LabFolder

Handler = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """A name for a socket of any path: the kernel takes 107 bytes at most."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def serve(folder: LabFolder, verbs: Mapping[str, Handler], listening: Callable[[], None] = lambda: None) -> None:
    """Answers requests one after another; returns after `stop`. `listening` is called once somebody may ask."""
    path = folder / "control.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        with _reachable(path) as name:
            listener.bind(name)
        path.chmod(0o600)
        listener.listen()
        listening()
        while True:
            connection, _ = listener.accept()
            with connection:
                if _answer(connection, verbs) == "stop":
                    return


def _answer(connection: socket.socket, verbs: Mapping[str, Handler]) -> str:
    """Reads one request, answers it, and returns its verb; who asked may have gone meanwhile."""
    verb = ""
    try:
        with connection.makefile(encoding="utf-8") as stream:
            request = json.loads(stream.readline())
        verb = str(request["verb"])
        answer = {} if verb == "stop" else dict(verbs[verb](request))
    except Exception as fault:  # the lab outlives any request
        verb, answer = "", {"error": f"{type(fault).__name__}: {fault}"}
    with suppress(ConnectionError):
        connection.sendall(f"{json.dumps(answer)}\n".encode())
    return verb


def ask(folder: LabFolder, verb: str, *, timeout_s: float = 120.0, **arguments: object) -> dict[str, Any]:
    """The running lab's answer. Raises LabFault when no lab answers, or when it answers with an error."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(timeout_s)
            with _reachable(folder / "control.sock") as name:
                client.connect(name)
            with client.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps({"verb": verb, **arguments}) + "\n")
                stream.flush()
                answer: dict[str, Any] = json.loads(stream.readline())
    except (OSError, ValueError) as fault:
        raise LabFault(
            f"lab {folder.name}: no lab of this name runs here ({fault}); start it with make lab NAME={folder.name}"
        ) from fault
    if "error" in answer:
        raise LabFault(f"lab {folder.name}: {answer['error']}")
    return answer

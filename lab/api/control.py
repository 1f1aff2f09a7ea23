"""The private line between the lab and its API process: JSON lines over a Unix socket."""

from __future__ import annotations

import json
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.errors import LabFault

Message = Mapping[str, Any]


def ask(path: Path, verb: str, arguments: Message, timeout_s: float) -> Message:
    """Asks and waits for the answer. Raises LabFault with the API's own words."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(timeout_s)
            line.connect(os.fspath(path))
            line.sendall(json.dumps({"verb": verb, **arguments}).encode() + b"\n")
            with line.makefile("rb") as answers:
                answer = json.loads(answers.readline() or b'{"fault": "no answer"}')
    except (OSError, ValueError) as fault:
        raise LabFault(f"the emulated AWS API, {verb}: {fault}") from fault
    if "fault" in answer:
        raise LabFault(f"the emulated AWS API, {verb}: {answer['fault']}")
    found: Message = answer
    return found


def serve(path: Path, verbs: Mapping[str, Callable[[Message], Message]]) -> socketserver.ThreadingUnixStreamServer:
    """Answers on the socket, in threads of its own, until `shutdown`; only root may connect."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            question = json.loads(self.rfile.readline() or b"{}")
            try:
                answer = verbs[question.get("verb")](question)
            except Exception as fault:  # whatever went wrong is the asker's to show
                answer = {"fault": f"{type(fault).__name__}: {fault}"}
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    path.unlink(missing_ok=True)
    server = socketserver.ThreadingUnixStreamServer(os.fspath(path), Handler)
    path.chmod(0o600)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="control", daemon=True).start()
    return server

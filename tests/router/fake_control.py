"""A bfdd of which there is only the control socket; it says what a test says, when it says so."""

from __future__ import annotations

import json
import socket
import struct
from pathlib import Path

SAYS, NOTIFIES = 1, 4


def message(kind: int, said: dict[str, object]) -> bytes:
    """As bfdd frames it."""
    text = json.dumps(said).encode()
    return struct.pack("!IHBB", len(text), 0, kind, 1) + text


PROMISE = message(SAYS, {"status": "ok"})
REFUSAL = message(SAYS, {"status": "error", "error": "invalid message type"})
CHANGE = message(NOTIFIES, {"op": "status", "peer-address": "10.253.0.16", "state": "down"})


class FakeControl:
    """Listens from the first; who connects waits until it is accepted."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._client: socket.socket | None = None

    def accept(self, *answers: bytes) -> bytes:
        """Takes the one who waits and answers; gives what it asked for."""
        self._listener.settimeout(0)
        self._client, _ = self._listener.accept()
        asked = self._client.recv(1 << 10)
        self.say(*answers)
        return asked

    def say(self, *parts: bytes) -> None:
        """To whom it accepted."""
        assert self._client is not None
        for part in parts:
            self._client.sendall(part)

    def end(self) -> None:
        """The socket's file stays, as after a crash."""
        self._listener.close()
        if self._client is not None:
            self._client.close()

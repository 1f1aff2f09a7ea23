"""An FRR daemon of which there is only the vty: a Unix socket that takes any number of connections and commands."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

END = b"\0\0\0"
CARRIED_OUT, REFUSED = b"\0", b"\2"


@dataclass
class FakeDaemon:
    """Every command ends with a NUL, every answer with three NULs and a status byte; use it in a `with` block."""

    path: Path
    answers: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """What it says about the commands it does not take."""
    heard: list[str] = field(default_factory=list)
    ends_at: str = ""
    """The command at which it dies."""
    _answers_now: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket | None = None
    _connections: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> FakeDaemon:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(self) -> None:
        """Listens, as a daemon that has just started."""
        self._answers_now.set()
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._begin(self._accept, self._listener)

    def end(self) -> None:
        """All connections break; the socket's file stays, as after a crash."""
        self._answers_now.set()
        for open_socket in (self._listener, *self._connections):
            if open_socket is not None:
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        for open_socket in (self._listener, *self._connections):
            if open_socket is not None:
                open_socket.close()
        self._listener, self._connections, self._threads = None, [], []

    def restart(self) -> None:
        """Another daemon listens at the same place."""
        self.end()
        self.start()

    def hang(self) -> None:
        """It takes commands and answers none, as after SIGSTOP."""
        self._answers_now.clear()

    def _begin(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self._connections.append(connection)
                self._begin(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            waiting = b""
            while part := connection.recv(1 << 12):
                *commands, waiting = (waiting + part).split(b"\0")
                for command in commands:
                    if not self._answer(connection, command.decode()):
                        connection.shutdown(socket.SHUT_RDWR)
                        return

    def _answer(self, connection: socket.socket, command: str) -> bool:
        self._answers_now.wait()
        self.heard.append(command)
        if command == self.ends_at:
            return False
        status = REFUSED if command in self.refused else CARRIED_OUT
        connection.sendall(self.refused.get(command, self.answers.get(command, "")).encode())
        connection.sendall(END + status)
        return True

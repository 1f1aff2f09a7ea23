"""One open connection to the vty of an FRR daemon: no process for a question, no new connection either.

A daemon's vty takes a command and a NUL, and answers with text, three NULs and a status byte.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from router.errors import FrrError

ANSWER_TIMEOUT_S = 5.0
END = b"\0\0\0"
SUCCESSFUL = 0
"""The status byte of a command that was carried out; any other is one of FRR's CMD_ errors."""


class Vty:
    """Questions to one daemon and changes of it; connects by itself, also to a daemon that has started anew."""

    def __init__(self, path: Path, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._path = path
        self._answer_timeout_s = answer_timeout_s
        self._socket: socket.socket | None = None
        self.connections = 0
        """Raised by each new connection: another daemon may answer now than before."""

    def ask(self, command: str) -> str:
        """The answer to one command of the enabled mode. Raises FrrError."""
        try:
            if self._socket is not None:
                # A daemon that has ended meanwhile may be there again; one that is slow is not asked twice.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError):
                    return self._exchange(self._socket, command)[0]
            return self._exchange(self._connect(), command)[0]
        except (OSError, EOFError) as error:
            self.close()
            raise FrrError(
                f"{self._path.stem} does not answer `{command}` ({error or type(error).__name__}); "
                "see `systemctl status frr`"
            ) from error

    def configure(self, *lines: str) -> None:
        """Enters lines in configuration mode, in one breath. Raises FrrError with the line that was refused."""
        self.ask("configure terminal")
        refused = ""
        for line in lines:
            refused = refused or self._refusal(line)
        self.ask("end")
        if refused:
            raise FrrError(refused)

    def close(self) -> None:
        """The next command connects anew."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _refusal(self, line: str) -> str:
        if self._socket is None:
            raise FrrError(f"{self._path.stem} has ended before `{line}`; see `systemctl status frr`")
        try:
            answer, status = self._exchange(self._socket, line)
        except (OSError, EOFError) as error:
            self.close()
            raise FrrError(f"{self._path.stem} has ended at `{line}`; see `systemctl status frr`") from error
        return "" if status == SUCCESSFUL else f"{self._path.stem} refuses `{line}`: {answer.strip() or status}"

    def _connect(self) -> socket.socket:
        self.close()
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self._answer_timeout_s)
            connection.connect(str(self._path))
            self._exchange(connection, "enable")
        except BaseException:
            connection.close()
            raise
        self._socket = connection
        self.connections += 1
        return connection

    def _exchange(self, connection: socket.socket, command: str) -> tuple[str, int]:
        connection.sendall(command.encode() + b"\0")
        answer = b""
        while answer[-4:-1] != END:
            part = connection.recv(1 << 16)
            if not part:
                raise EOFError("it closed the connection")
            answer += part
        return answer[:-4].decode(), answer[-1]

"""bfdd's control socket, over which it tells of every change by itself (FRR: bfdd/bfdctl.h, bfdd/control.c).

Only that something changed is taken from it; what is so now, its vty says.
A peer that bfdd deletes is "down" here, one that it begins to hear is told of late or not at all: two sources of a
state would have to be reconciled, a wake-up and one source need not be.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from router.journal import warn

SUBSCRIBE = 4
VERSION = 1
PEER_STATES, PEERS = 1, 2
SUBSCRIPTION = struct.pack("!IHBB", 8, 1, SUBSCRIBE, VERSION) + struct.pack("=Q", PEER_STATES | PEERS)
"""The header is in network order, the flags in the machine's own: bfdd copies them as they come."""
SUBSCRIBED = b'"ok"'
"""In bfdd's answer, `{"status":"ok"}`; a refusal holds "error"."""
STARTED_WITHIN_S = 10.0
"""FRR's restart is no news."""


class BfdEvents:
    """Listens to one bfdd after the other; never waits."""

    def __init__(self, path: Path, now_s: float) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._answer = b""
        self.is_open = False
        """bfdd has promised to tell."""
        self._open_at_s = now_s
        self._is_told = False

    @property
    def sockets(self) -> tuple[socket.socket, ...]:
        """Readable when there is news."""
        return () if self._socket is None else (self._socket,)

    def any_news(self, now_s: float) -> bool:
        """Whether bfdd has said anything since the last call, or has ended."""
        if self._socket is None:
            self._subscribe()
        is_news = self._socket is not None and self._read(self._socket)
        self._tell_once(now_s)
        return is_news

    def close(self) -> None:
        """The next call subscribes anew."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._answer, self.is_open = None, b"", False

    def _subscribe(self) -> None:
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            control.setblocking(False)
            control.connect(str(self._path))
            control.sendall(SUBSCRIPTION)
        except OSError:
            control.close()
        else:
            self._socket = control

    def _read(self, control: socket.socket) -> bool:
        is_news = False
        try:
            while part := control.recv(1 << 16):
                is_news = True
                if not self.is_open:
                    self._answer += part
                    self.is_open = SUBSCRIBED in self._answer
        except BlockingIOError:
            return is_news
        except OSError:
            pass
        self.close()
        return True

    def _tell_once(self, now_s: float) -> None:
        if self.is_open:
            self._open_at_s, self._is_told = now_s, False
        elif not self._is_told and now_s - self._open_at_s > STARTED_WITHIN_S:
            self._is_told = True
            warn(f"bfdd tells nothing over {self._path}, so it is asked again and again; see `systemctl status frr`")

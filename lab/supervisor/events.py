"""What a starting lab tells the command line that waits for it: one JSON object a line, over a pipe."""

from __future__ import annotations

import json
import os
import select
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Event:
    """One step of a lab's start."""

    stage: str
    """`boot`, `converge`, `prove`, `ready` or `failed`."""
    text: str


class EventWriter:
    """The lab's end. Before the lab is ready, a reader that goes away ends the lab."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._open = True
        threading.Thread(target=self._end_with_reader, daemon=True).start()

    def tell(self, stage: str, text: str) -> None:
        """Sends one event; the last one is `ready` or `failed`."""
        if self._open:
            os.write(self._fd, json.dumps(asdict(Event(stage=stage, text=text))).encode() + b"\n")

    def finish(self) -> None:
        """Tells that the lab is ready; from then on it lives without its caller."""
        ready = json.dumps(asdict(Event(stage="ready", text=""))).encode() + b"\n"
        self._open = False  # before the caller can read it and leave
        os.write(self._fd, ready)
        os.close(self._fd)

    def _end_with_reader(self) -> None:
        """Waits until the other end is closed: an error condition on this one."""
        poll = select.poll()
        poll.register(self._fd, 0)  # POLLERR is always reported
        while self._open:
            if poll.poll(500) and self._open:
                os._exit(1)


def read_events(fd: int) -> Iterator[Event]:
    """The events until the lab closes its end."""
    with os.fdopen(fd, encoding="utf-8") as lines:
        for line in lines:
            yield Event(**json.loads(line))

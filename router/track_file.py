"""What keepalived reads of this router's path: the virtual address goes to the sibling whose path is better."""

from __future__ import annotations

from pathlib import Path

from router import files
from router.observed import Judgement

WORKS, SPARE, BROKEN = "0\n", "1\n", "2\n"
"""Each step takes the priority below that of a sibling that is a step better."""
GIVEN_UP, GIVES_UP_FOR_S = "254\n", 0.2
"""First, and for so long, of a path that breaks: keepalived then says goodbye (priority 0, RFC 5798 6.4.3).

A sibling takes the address a skew later, in some 40 ms. One whose priority merely fell it lets pass, as RFC 5798 6.4.2
wants, and takes it after three intervals. Afterwards the address is anybody's again: who is alone must have it.
"""


class TrackFile:
    """The file, written when something changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = ""
        self._given_up_s = float("-inf")

    def says_that_it_works(self) -> bool:
        """What an earlier run of the agent left there."""
        return self._path.exists() and self._path.read_text() in (WORKS, SPARE)

    def follow(self, judgement: Judgement, now_s: float) -> None:
        """Writes how well the path works now. Call it in the order of time."""
        path = WORKS if judgement.ready else SPARE if judgement.carries else BROKEN
        if path == BROKEN and self._written in (WORKS, SPARE):
            self._given_up_s = now_s
        if path == BROKEN and now_s - self._given_up_s < GIVES_UP_FOR_S:
            path = GIVEN_UP
        if path != self._written:
            files.write(self._path, path, 0o644)
            self._written = path

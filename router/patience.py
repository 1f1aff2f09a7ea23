"""Trying again: exponential backoff with jitter, and when to stop."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from router.errors import AgentError

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
REMIND_EVERY_S = 60.0
"""An unchanged failure is told again this often: rarely enough to read the journal, often enough to see it last."""

T = TypeVar("T")


@dataclass(kw_only=True)
class Patience:
    """How long something may be tried; one budget can span several things."""

    seconds: float | None
    """None: for ever."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def left_s(self) -> float:
        """Seconds left, infinite for ever."""
        return float("inf") if self.seconds is None else self.seconds - (self.clock() - self._started)

    def until_done(
        self, attempt: Callable[[], T], tell: Callable[[str], None], longest_delay_s: float = LONGEST_DELAY_S
    ) -> T:
        """Repeats `attempt` while it raises AgentError; raises the last one when the time is over."""
        told, told_at = "", float("-inf")
        for delay_s in delays(longest_delay_s):
            try:
                return attempt()
            except AgentError as error:
                if self.left_s <= 0:
                    raise
                if str(error) != told or self.clock() - told_at >= REMIND_EVERY_S:
                    told, told_at = str(error), self.clock()
                    tell(f"{error}; trying again")
            self.sleep(max(0.0, min(delay_s, self.left_s)))
        raise AssertionError("delays() never ends")

    def until_true(self, holds: Callable[[], bool], every_s: float) -> bool:
        """Polls `holds` until it is true; false when the time is over."""
        while not holds():
            if self.left_s <= 0:
                return False
            self.sleep(max(0.0, min(every_s, self.left_s)))
        return True


def delays(longest_s: float = LONGEST_DELAY_S) -> Iterator[float]:
    """Seconds to wait after each failure: doubling from the first to the longest, each cut by up to half.

    The jitter keeps four routers that lost AWS together from asking again together.
    """
    delay_s = FIRST_DELAY_S
    while True:
        yield delay_s * random.uniform(0.5, 1.0)
        delay_s = min(delay_s * 2, longest_s)

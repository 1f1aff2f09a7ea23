"""Whether something that must be heard again and again is heard."""

from __future__ import annotations

SETTLED_AFTER_S = 1.0
"""What was silent must be heard for so long before it counts again: a leg that comes and goes is worse than none."""


class Hearing:
    """One side of a leg. Times are of one monotonic clock, in seconds."""

    def __init__(self, limit_s: float, started_s: float) -> None:
        self._limit_s = limit_s
        self._started_s = started_s
        self._heard_at_s: float | None = None
        self._well_since_s = 0.0

    @property
    def ever(self) -> bool:
        """It was heard at least once."""
        return self._heard_at_s is not None

    def hear(self, now_s: float) -> None:
        """It was heard just now."""
        if self._heard_at_s is None:
            self._well_since_s = now_s - SETTLED_AFTER_S
        elif self.is_silent(now_s):
            self._well_since_s = now_s
        self._heard_at_s = now_s

    def forgive(self, late_s: float) -> None:
        """The listener itself was away for so long, and neither asked nor listened."""
        if self._heard_at_s is not None:
            self._heard_at_s += late_s

    @property
    def silent_at_s(self) -> float:
        """When the limit is over, counted from the start when it never was heard."""
        return (self._started_s if self._heard_at_s is None else self._heard_at_s) + self._limit_s

    def is_silent(self, now_s: float) -> bool:
        """It was not heard for longer than the limit."""
        return now_s > self.silent_at_s

    def is_well(self, now_s: float) -> bool:
        """It is heard, and has been for long enough."""
        return self.ever and not self.is_silent(now_s) and now_s - self._well_since_s >= SETTLED_AFTER_S

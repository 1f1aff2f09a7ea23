"""Gateway sessions whose leg has come back from a long silence are set up anew, one after the other: pure.

TCP tries again what was lost after twice the time it has tried already (RFC 6298 5.5), so the hold timers may end
seconds after the leg has come back, and those of all sessions at once. Each is renewed beside one that keeps routes.
"""

from __future__ import annotations

from collections.abc import Sequence

KEEPALIVES_PER_HOLD = 3
"""RFC 4271 4.4."""
FRESH_AFTER_S = 3.0
"""bgpd tries to connect every 2 s: so long a session that is set up anew is not counted on."""


class Renewal:
    """Which sessions are still to be renewed. Times are of one monotonic clock, in seconds."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._stale: tuple[str, ...] = ()
        self._ends_s = float("-inf")
        self._renewed_at_s = float("-inf")

    def begin(self, silent_s: float, established: Sequence[str], now_s: float) -> None:
        """The leg is back. A single session is left alone, and so are all when no keepalive can have been lost."""
        if silent_s > self._hold_s / KEEPALIVES_PER_HOLD and len(established) > 1:
            self._stale, self._ends_s = tuple(established), now_s + self._hold_s

    def end(self) -> None:
        """The leg fails again."""
        self._stale = ()

    def next(self, established: Sequence[str], now_s: float) -> str:
        """The neighbor whose session is to be set up anew now, or none.

        One that has ended meanwhile is set up by bgpd. After the hold time all of them have ended or live.
        """
        self._stale = tuple(n for n in self._stale if n in established) if now_s < self._ends_s else ()
        if not self._stale or len(established) < 2 or now_s - self._renewed_at_s < FRESH_AFTER_S:
            return ""
        self._renewed_at_s = now_s
        stale, self._stale = self._stale[0], self._stale[1:]
        return stale

    def is_under_way(self, now_s: float) -> bool:
        """One is still stale, or not up again for sure."""
        return bool(self._stale) or now_s - self._renewed_at_s < FRESH_AFTER_S

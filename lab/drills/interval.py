"""Which BFD interval a machine can hold, from how late packets came on it while nothing was broken: pure."""

from __future__ import annotations

from typing import Final

from lab.drills.profiles import OURS, PROFILES

MULTIPLIER: Final[int] = PROFILES[OURS]["timers"]["bfd_multiplier"]
"""Intervals without a packet after which a far end counts as dead (RFC 5880 6.8.4)."""
CHOICES_MS: Final[tuple[int, ...]] = tuple(sorted({own["timers"]["bfd_ms"] for own in PROFILES.values()} - {0}))
"""Those of the profiles."""
SPARE: Final = 2
"""Times the longest lateness that was seen: a longer one comes some day, and a flap costs more than it saves."""


def chosen_ms(jitter_ms: float) -> int | None:
    """The shortest interval whose packets may be late by twice the jitter without a far end counting as dead."""
    return next((interval for interval in CHOICES_MS if _may_be_late_ms(interval) >= SPARE * jitter_ms), None)


def words(jitter_ms: float) -> str:
    """How it was chosen, for the page."""
    rule = (
        f"A far end counts as dead after {MULTIPLIER} intervals without a packet, so one may be {MULTIPLIER - 1} late. "
        f"The interval to choose is the shortest for which that is {SPARE} times the jitter: "
    )
    interval_ms = chosen_ms(jitter_ms)
    if interval_ms is None:
        return f"{rule}at {jitter_ms:.0f} ms none of {', '.join(map(str, CHOICES_MS))} ms is, and no drill means much."
    holds = f"{_may_be_late_ms(interval_ms)} ms against {SPARE} x {jitter_ms:.0f} ms"
    return f"{rule}here {interval_ms} ms, with {holds}. A soak must show no flap."


def _may_be_late_ms(interval_ms: int) -> int:
    return (MULTIPLIER - 1) * interval_ms

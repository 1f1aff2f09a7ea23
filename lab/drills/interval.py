"""Which BFD interval a machine can hold, from how late packets came on it while nothing was broken: pure."""

from __future__ import annotations

from collections.abc import Iterator
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


def words(undisturbed_ms: float | None, busy_ms: float | None) -> Iterator[str]:
    """How it is chosen, for the page, from the jitter with nothing broken, and with every processor busy besides."""
    jitters_ms = {"with nothing broken": undisturbed_ms, "with every processor busy": busy_ms}
    held = [f"{when}, {_held(ms)}" for when, ms in jitters_ms.items() if ms is not None]
    if held:
        ours_ms = PROFILES[OURS]["timers"]["bfd_ms"]
        yield (
            f"A far end counts as dead after {MULTIPLIER} intervals without a packet, so one may be {MULTIPLIER - 1} "
            f"late. The interval to choose is the shortest for which that is {SPARE} times the jitter: "
            f"{'; '.join(held)}. {OURS} has {ours_ms} ms, so a packet may be {_may_be_late_ms(ours_ms)} ms late; "
            "a soak must show no flap."
        )


def _held(jitter_ms: float) -> str:
    interval_ms = chosen_ms(jitter_ms)
    if interval_ms is None:
        return f"at {jitter_ms:.0f} ms none of {', '.join(map(str, CHOICES_MS))} ms is, and no drill means much"
    return f"{interval_ms} ms, for {_may_be_late_ms(interval_ms)} ms are enough for {SPARE} x {jitter_ms:.0f} ms"


def _may_be_late_ms(interval_ms: int) -> int:
    return (MULTIPLIER - 1) * interval_ms

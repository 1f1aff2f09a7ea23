"""From numbered probes to losses and outages: pure.

An outage is counted from loss and not from logs (RFC 7747): in the worst flow, the longest run of lost probes times
their spacing, to the last number that was sent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lab.drills.probes.record import FLOWS, SPACING_MS, flow_of

NS_PER_MS = 1_000_000
WAYS = {"forward": "site to VPC", "backward": "VPC to site"}
"""Both directions, and in words."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one direction lost in a span of time, of the probes that were sent in it."""

    outage_ms: float
    lost: int
    sent: int
    duplicates: int
    """Arrivals beyond the first of a probe."""
    reordered: int
    """Probes that came after one of their flow with a higher number (RFC 4737)."""


@dataclass(frozen=True, kw_only=True)
class Direction:
    """All probes of one direction."""

    sent: Sequence[int]
    """When each number left, in nanoseconds."""
    arrivals: Sequence[tuple[int, int]]
    """Stamp and number, in the order of coming."""

    def figures(self, since_ns: int, until_ns: int) -> Figures:
        """Of the probes that left at `since_ns` or later and before `until_ns`."""
        first, end = bisect_left(self.sent, since_ns), bisect_left(self.sent, until_ns)
        came = self._came[first:end]
        return Figures(
            outage_ms=SPACING_MS * max(_longest_run(came[(flow - first) % FLOWS :: FLOWS]) for flow in range(FLOWS)),
            lost=came.count(0),
            sent=len(came),
            duplicates=sum(times - 1 for times in came if times > 1),
            reordered=sum(1 for number in self._overtaken if first <= number < end),
        )

    def lost_at_ns(self, since_ns: int, until_ns: int) -> list[int]:
        """When each probe left that never came, of those that left in a span."""
        first, end = bisect_left(self.sent, since_ns), bisect_left(self.sent, until_ns)
        return [self.sent[number] for number in range(first, end) if not self._came[number]]

    def gaps_ms(self, since_ns: int, until_ns: int) -> list[float]:
        """How much longer than the spacing each flow was silent, once for each arrival in a span, and for its end.

        A gap that begins before the span and ends in it counts whole.
        """
        found: list[float] = []
        last = [since_ns] * FLOWS
        for at_ns, number in self.arrivals:
            if at_ns >= until_ns:
                break
            flow = flow_of(number)
            if at_ns >= since_ns:
                found.append((at_ns - last[flow]) / NS_PER_MS - SPACING_MS)
            last[flow] = at_ns
        return [*found, *((until_ns - at_ns) / NS_PER_MS - SPACING_MS for at_ns in last)]

    def received(self, since_ns: int, until_ns: int, bin_ms: int) -> list[int]:
        """Arrivals in each part of a span."""
        counts = [0] * ((until_ns - since_ns) // (bin_ms * NS_PER_MS))
        for at_ns, _ in self.arrivals:
            place = (at_ns - since_ns) // (bin_ms * NS_PER_MS)
            if 0 <= place < len(counts):
                counts[place] += 1
        return counts

    @cached_property
    def _came(self) -> bytearray:
        """How often each number came; more than 255 times is as good as 255."""
        came = bytearray(len(self.sent))
        for _, number in self.arrivals:
            if number < len(came) and came[number] < 255:
                came[number] += 1
        return came

    @cached_property
    def _overtaken(self) -> list[int]:
        return list(_overtaken(self.arrivals))


def _longest_run(came: Sequence[int]) -> int:
    """The longest run of probes that never came."""
    longest = run = 0
    for times in came:
        run = 0 if times else run + 1
        longest = max(longest, run)
    return longest


def _overtaken(arrivals: Sequence[tuple[int, int]]) -> Iterator[int]:
    highest = [-1] * FLOWS
    for _, number in arrivals:
        flow = flow_of(number)
        if number < highest[flow]:
            yield number
        highest[flow] = max(highest[flow], number)

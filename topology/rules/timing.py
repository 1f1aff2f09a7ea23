"""Timers that can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from topology.findings import Finding, Location
from topology.model import Intent
from topology.timers import LONGEST_GATEWAY_HOLD_S, SHORTEST_HOLD_S, TUNNEL_HOLD_S, bfd_detection_ms

SHORTEST_BFD_MS: Final = 10
"""FRR's least receive and transmit interval."""


def bfd_can_hold(intent: Intent) -> Iterator[Finding]:
    """BFD is off or within FRR's limits, and finds a fault before the hold times it is to spare us."""
    bfd_ms, hold_s, detection_ms = intent.timers.bfd_ms, intent.timers.tgw_hold_s, bfd_detection_ms(intent.timers)
    at: Location = ("timers", "bfd_ms")
    beside: tuple[Location, ...] = (("timers", "bfd_multiplier"),)
    if 0 < bfd_ms < SHORTEST_BFD_MS:
        rule, way_out = "is less than the daemon can keep", f"state {SHORTEST_BFD_MS} to 60000, or 0 to switch BFD off"
        yield Finding(value=bfd_ms, rule=rule, at=at, way_out=way_out)
    way_out = "state a shorter interval or a smaller bfd_multiplier"
    late = f"times bfd_multiplier {intent.timers.bfd_multiplier} finds a fault after {detection_ms} ms, not before"
    if detection_ms >= TUNNEL_HOLD_S * 1000:
        rule = f"{late} the {TUNNEL_HOLD_S} s that BGP holds in the tunnels"
        yield Finding(value=bfd_ms, rule=rule, at=at, way_out=way_out, beside=beside)
    elif intent.takeover and hold_s >= SHORTEST_HOLD_S and detection_ms >= hold_s * 1000:
        rule = f"{late} the {hold_s} s of tgw_hold_s, too late for a takeover"
        beside = (*beside, ("timers", "tgw_hold_s"), ("takeover",))
        yield Finding(value=bfd_ms, rule=rule, at=at, way_out=way_out, beside=beside)


def gateway_hold_can_hold(intent: Intent) -> Iterator[Finding]:
    """The gateway's hold time is one that BGP allows and that can come into force."""
    hold_s = intent.timers.tgw_hold_s
    way_out = f"state {SHORTEST_HOLD_S} to {LONGEST_GATEWAY_HOLD_S}"
    if hold_s < SHORTEST_HOLD_S:
        rule = f"is less than the {SHORTEST_HOLD_S} s that BGP allows (RFC 4271), and 0 would never find a dead router"
    elif hold_s > LONGEST_GATEWAY_HOLD_S:
        rule = f"never comes into force: the gateway offers {LONGEST_GATEWAY_HOLD_S} s, and the shorter offer holds"
    else:
        return
    yield Finding(value=hold_s, rule=rule, at=("timers", "tgw_hold_s"), way_out=way_out)

"""Proves every path with real packets: both ways, UDP and TCP over many flows, at the exact size promised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from lab.proof.flows import Direction, Flow, FlowBook, Place
from lab.proof.traffic import TCP_MESSAGE, Traffic

SMALL_BYTES = 64
TRIES = 3
"""A proof asks whether packets pass, not whether one was lost."""
TRY_S = 0.4
TCP_S = 4.0
REFUSED_S = 0.4
"""How long a packet that must be refused gets to arrive all the same."""
SMALLEST_MTU_BYTES = 68
"""RFC 791: every link carries this much."""
LARGEST_MTU_BYTES = 9001


@dataclass(frozen=True, kw_only=True)
class PathFlows:
    """The flows of one path, both ways."""

    forward: Direction
    backward: Direction

    @property
    def udp(self) -> tuple[Flow, ...]:
        """UDP flows of both directions."""
        return (*self.forward.udp, *self.backward.udp)

    @property
    def tcp(self) -> tuple[Flow, ...]:
        """TCP flows, by whoever calls."""
        return (*self.forward.tcp, *self.backward.tcp)

    @property
    def carries_udp(self) -> bool:
        """Whether every UDP flow arrived, both ways: where one did not, the verdict stands without TCP."""
        return all(SMALL_BYTES in flow.delivered for flow in self.udp)


def path_flows(book: FlowBook, sites: Sequence[Place], vpcs: Sequence[Place]) -> tuple[PathFlows, ...]:
    """Flows for every pair of a site and a VPC."""
    return tuple(
        PathFlows(forward=book.direction(site, vpc), backward=book.direction(vpc, site))
        for site, vpc in product(sites, vpcs)
    )


def send(paths: Sequence[PathFlows], traffic: Traffic, usable_mtu: int) -> None:
    """Sends small packets, packets of exactly the promised size and one byte more, and TCP where UDP passes."""
    udp = [flow for path in paths for flow in path.udp]
    sizes = (SMALL_BYTES, usable_mtu)
    traffic.send_udp(udp, usable_mtu + 1)
    for _ in range(TRIES):
        for size in sizes:
            traffic.send_udp((flow for flow in udp if size not in flow.delivered), size)
        if traffic.wait(lambda: all(flow.delivered.issuperset(sizes) for flow in udp), TRY_S):
            break
    tcp = [flow for path in paths if path.carries_udp for flow in path.tcp]
    traffic.connect_tcp(tcp)
    traffic.wait(lambda: all(flow.delivered for flow in tcp), TCP_S)
    traffic.wait(lambda: False, REFUSED_S)


def passes(direction: Direction, answered_by: Direction) -> bool:
    """Whether every flow arrived; TCP needs both ways, and does not count against this one when the other is dead."""
    udp = bool(direction.udp) and all(SMALL_BYTES in flow.delivered for flow in direction.udp)
    back = all(SMALL_BYTES in flow.delivered for flow in answered_by.udp)
    tcp = all(len(TCP_MESSAGE) in flow.delivered for flow in direction.tcp)
    return udp and (tcp or not back)


def measure_mtus(paths: Iterable[PathFlows], traffic: Traffic, usable_mtu: int) -> dict[PathFlows, int]:
    """MTU of each path: what is promised where that passed and one byte more did not, else what a search finds."""
    found: dict[PathFlows, int] = {}
    searched: dict[PathFlows, tuple[int, int]] = {}
    for path in paths:
        delivered = [flow.delivered for flow in path.udp]
        if not all(SMALL_BYTES in sizes for sizes in delivered) or not delivered:
            found[path] = 0
        elif any(usable_mtu + 1 in sizes for sizes in delivered):
            searched[path] = (usable_mtu + 1, LARGEST_MTU_BYTES)
        elif all(usable_mtu in sizes for sizes in delivered):
            found[path] = usable_mtu
        else:
            searched[path] = (SMALLEST_MTU_BYTES, usable_mtu - 1)
    return {**found, **_search(searched, traffic, usable_mtu)}


def _search(ranges: dict[PathFlows, tuple[int, int]], traffic: Traffic, usable_mtu: int) -> dict[PathFlows, int]:
    """Halves every path's range at once: below the promise all flows must carry a size, above it any may."""
    while open_ranges := {path: bounds for path, bounds in ranges.items() if bounds[0] < bounds[1]}:
        middles = {path: (low + high + 1) // 2 for path, (low, high) in open_ranges.items()}
        for path, size in middles.items():
            traffic.send_udp(path.udp, size)
        traffic.wait(lambda: False, REFUSED_S)
        for path, size in middles.items():
            carried = [size in flow.delivered for flow in path.udp]
            low, high = ranges[path]
            fits = any(carried) if size > usable_mtu else all(carried)
            ranges[path] = (size, high) if fits else (low, size - 1)
    return {path: low for path, (low, _) in ranges.items()}

"""The flows of a proof: what is sent from where to where, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import cycle, islice, product

PROBE_PORT = 40007
"""Every endpoint listens here; a packet with this port on either side is the proof's own."""

FIRST_SOURCE_PORT = 10000
"""The n-th flow leaves from this port plus n, so a packet's port names its flow at every hop."""

FLOWS_PER_PATH = 16
"""Different 5-tuples for each direction and protocol of a path: enough to meet every ECMP leg."""


class Protocol(Enum):
    """What a flow is made of, by its IP protocol number."""

    TCP = 6
    UDP = 17


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address that sends and receives, in a namespace."""

    hop: str
    """`site:NAME` or `vpc:NAME`."""
    netns: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """A site or a VPC on the path, with every address the proof uses there."""

    name: str
    hop: str
    endpoints: tuple[Endpoint, ...]


@dataclass(eq=False, kw_only=True)
class Flow:
    """One 5-tuple, and what arrived of it."""

    number: int
    protocol: Protocol
    source: Endpoint
    target: Endpoint
    delivered: set[int] = field(default_factory=set)
    """UDP: sizes of the IPv4 packets that arrived, in bytes. TCP: the number of bytes that came back."""

    @property
    def source_port(self) -> int:
        """The port that tells this flow from all others."""
        return FIRST_SOURCE_PORT + self.number


@dataclass(frozen=True, kw_only=True)
class Direction:
    """All flows from one place to another."""

    source: Place
    target: Place
    udp: tuple[Flow, ...]
    tcp: tuple[Flow, ...]


class FlowBook:
    """Hands out flows, each with its own number."""

    def __init__(self) -> None:
        self.flows: list[Flow] = []

    def direction(self, source: Place, target: Place, count: int = FLOWS_PER_PATH, *, tcp: bool = True) -> Direction:
        """At least `count` flows of each protocol between two places, and at least one for each pair of addresses."""
        udp = self._flows(Protocol.UDP, source, target, count)
        return Direction(
            source=source, target=target, udp=udp, tcp=self._flows(Protocol.TCP, source, target, count) if tcp else ()
        )

    def _flows(self, protocol: Protocol, source: Place, target: Place, count: int) -> tuple[Flow, ...]:
        pairs = list(product(source.endpoints, target.endpoints))
        made: list[Flow] = []
        for start, end in islice(cycle(pairs), max(count, len(pairs)) if pairs else 0):
            made.append(Flow(number=len(self.flows), protocol=protocol, source=start, target=end))
            self.flows.append(made[-1])
        return tuple(made)


def endpoints_of(flows: Iterable[Flow]) -> Sequence[Endpoint]:
    """Every endpoint of these flows once, in a stable order."""
    found = {(e.netns, e.address): e for flow in flows for e in (flow.source, flow.target)}
    return [found[key] for key in sorted(found)]

"""What a proof found, in the words of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, kw_only=True)
class PathResult:
    """One site and one VPC, both ways."""

    site: str
    vpc: str
    forward: bool
    """Site to VPC: every UDP and TCP flow arrived."""
    backward: bool
    mtu: int
    """Largest IPv4 packet in bytes that every flow carries unfragmented, both ways; 0 when nothing passes."""
    hops: tuple[str, ...]
    """Hops that packets of this path were seen at, from the site to the VPC."""

    @property
    def name(self) -> str:
        """As `broken` names it."""
        return f"{self.site}>{self.vpc}"


@dataclass(frozen=True, kw_only=True)
class DeniedResult:
    """Something that must not pass, tried."""

    source: str
    target: str
    port: str
    """`tcp/22`, `udp/51820`, `proto/47`."""
    blocked: bool
    """It was seen to be sent, and nothing of it arrived."""


class Layer(IntEnum):
    """What stands on what: where a layer is broken at a hop, the layers above cannot work there."""

    PLACE = 0
    """A machine that is not where it was promised: rules elsewhere refuse it rightly."""
    RULE = 1
    """A rule that refuses packets, a machine or a unit that does not run."""
    LINK = 2
    SESSION = 3
    ROUTE = 4
    PACKETS = 5
    RECORD = 6
    """What runs is not what was promised, whether or not it works."""


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A hop that does not do what was promised."""

    hop: str
    rule: str
    """The resource's id and what it lacks."""
    seen: str
    paths: tuple[str, ...] = ()
    layer: Layer = Layer.RULE
    needs: tuple[tuple[str, ...], ...] = ()
    """Hops that this stands on: it cannot work where one of these groups is broken entirely."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """All of it."""

    usable_mtu: int
    paths: tuple[PathResult, ...]
    denied: tuple[DeniedResult, ...]
    broken: tuple[Broken, ...]
    hop_packets: Mapping[str, int]
    """How many of the proof's packets each hop was seen to carry."""

    @property
    def ok(self) -> bool:
        """Whether everything promised was seen."""
        works = all(p.forward and p.backward and p.mtu == self.usable_mtu for p in self.paths)
        return bool(self.paths) and works and all(d.blocked for d in self.denied) and not self.broken

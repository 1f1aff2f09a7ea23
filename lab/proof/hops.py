"""Turns what was seen at interfaces into the hops of the design, and finds where packets stopped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lab.proof.capture import Sighting
from lab.proof.flows import Flow

ORDER = ("site:", "closed-network", "sakura-", "tunnel:", "aws-", "gre:", "gateway", "vpc:")
"""Kinds of hops from a site to a VPC."""

WIREGUARD_DEVICE = re.compile(r"wg-((?:aws|sakura)-[a-z])-\d+")
"""A router's tunnel device names the router at the far end."""
GRE_DEVICE = "gre-gateway"
CLOSED_DEVICE = "closed"


def rank(hop: str) -> int:
    """A hop's place on the way from a site to a VPC; what is no hop comes last."""
    return next((place for place, kind in enumerate(ORDER) if hop.startswith(kind)), len(ORDER))


def in_order(hops: Iterable[str]) -> list[str]:
    """Hops once each, from the site to the VPC."""
    return sorted(set(hops), key=lambda hop: (rank(hop), hop))


def tunnel_hop(router: str, other: str) -> str:
    """The tunnel between two routers, in either order of naming them."""
    aws, sakura = sorted((router, other))
    return f"tunnel:{sakura}/{aws}"


def ends(hop: str) -> tuple[str, ...]:
    """The routers that a link stands on; none for what is no link of theirs."""
    kind, _, routers = hop.partition(":")
    return tuple(routers.split("/")) if kind in ("tunnel", "gre") else ()


@dataclass(frozen=True, kw_only=True)
class HopMap:
    """Which hop a device belongs to."""

    places: Mapping[str, str]
    """By namespace: the hop whose packets pass there."""
    links: Mapping[tuple[str, str], str]
    """By namespace and device: the link behind the device, where it is a hop of its own."""

    def link(self, netns: str, device: str) -> str | None:
        """The link hop behind a device, if there is one."""
        place = self.places.get(netns, "")
        wireguard = WIREGUARD_DEVICE.fullmatch(device)
        if wireguard and place.startswith(("aws-", "sakura-")):
            return tunnel_hop(place, wireguard[1])
        if device == GRE_DEVICE and place.startswith("aws-"):
            return f"gre:{place}"
        if device == CLOSED_DEVICE and place.startswith("sakura-"):
            return "closed-network"
        return self.links.get((netns, device))

    def passed(self, sighting: Sighting) -> Iterator[str]:
        """The hops that a packet seen there has passed or entered."""
        place = self.places.get(sighting.netns)
        if place:
            yield place
        link = self.link(sighting.netns, sighting.interface)
        if link and not sighting.outgoing:
            yield link

    def entered(self, sighting: Sighting) -> str | None:
        """The link a packet was sent into, seen or not on its other side."""
        return self.link(sighting.netns, sighting.interface) if sighting.outgoing else None


def hops_of(seen: Iterable[Sighting], hop_map: HopMap) -> list[str]:
    """Every hop that these sightings prove, in order."""
    return in_order(hop for sighting in seen for hop in hop_map.passed(sighting))


def stop_of(seen: Iterable[Sighting], hop_map: HopMap, source_hop: str, *, to_vpc: bool) -> str:
    """The hop where packets stopped: the last one they reached, or the link they were sent into and did not leave."""
    sightings = tuple(seen)
    reached = {hop for sighting in sightings for hop in hop_map.passed(sighting)}
    entered = {hop for sighting in sightings if (hop := hop_map.entered(sighting))}
    far: Callable[[str], int] = rank if to_vpc else lambda hop: -rank(hop)
    last = max(reached | entered, key=lambda hop: (far(hop), hop), default=source_hop)
    if last.startswith("site:") and to_vpc:
        return "closed-network"  # it left its own host, and nobody on the closed network saw it
    return last


def by_flow(seen: Iterable[Sighting]) -> dict[tuple[int, bool], list[Sighting]]:
    """Sightings of each flow, those of the flow itself and those of what answers it apart."""
    found: dict[tuple[int, bool], list[Sighting]] = {}
    for sighting in seen:
        found.setdefault((sighting.flow, sighting.reply), []).append(sighting)
    return found


def of_flows(
    sightings: Mapping[tuple[int, bool], list[Sighting]], flows: Iterable[Flow], *, size_bytes: int | None = None
) -> list[Sighting]:
    """What was seen of these flows in their own direction, of one packet size if it is stated."""
    return [
        sighting
        for flow in flows
        for sighting in sightings.get((flow.number, False), ())
        if size_bytes in (None, sighting.size_bytes)
    ]

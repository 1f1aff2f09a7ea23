"""Names what is broken: where packets stopped, which session is down, and which resource's rule refused them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network

from lab.fabric.drops import Drop
from lab.proof.capture import Sighting
from lab.proof.flows import Direction, Flow
from lab.proof.hops import HopMap, of_flows, stop_of
from lab.proof.paths import SMALL_BYTES
from lab.proof.result import Broken
from lab.proof.routes import Announcements
from lab.proof.scene import STRANGER_ADDRESS, Scene


def new_drops(before: Iterable[Drop], after: Iterable[Drop], forbidden: Iterable[Direction] = ()) -> tuple[Drop, ...]:
    """What was dropped in between; the stranger's packets and those of forbidden flows are meant to be."""
    meant = {(flow.source.address, flow.target.address) for direction in forbidden for flow in direction.udp}
    counted = {_key(drop): drop.packets for drop in before}
    grown = (replace(drop, packets=drop.packets - counted.get(_key(drop), 0)) for drop in after)
    wrong = (drop for drop in grown if drop.source != STRANGER_ADDRESS and (drop.source, drop.destination) not in meant)
    return tuple(drop for drop in wrong if drop.packets > 0)


def _key(drop: Drop) -> tuple[str, ...]:
    return (drop.hop, drop.resource, drop.rule, drop.source, drop.destination, drop.what)


class Explainer:
    """Finds the reason of what failed among what was seen and what was dropped."""

    def __init__(
        self,
        scene: Scene,
        hop_map: HopMap,
        drops: Sequence[Drop],
        announcements: Announcements,
        missing: Sequence[Broken],
    ) -> None:
        self._scene, self._hop_map, self._drops = scene, hop_map, drops
        self._announcements = announcements
        self._sessions_down = [found for found in missing if found.hop.startswith("gre:")]
        """The gateway's routes to sites come by these alone."""

    def direction(
        self, path: str, failed: Direction, sightings: Mapping[tuple[int, bool], list[Sighting]], *, to_vpc: bool
    ) -> tuple[Broken, ...]:
        """Why the flows of one direction of a path do not arrive."""
        flows = [flow for flow in failed.udp if SMALL_BYTES not in flow.delivered] or list(failed.tcp)
        pairs = {frozenset((flow.source.address, flow.target.address)) for flow in flows}
        refused = [drop for drop in self._drops if frozenset((drop.source, drop.destination)) in pairs]
        if refused and not all(drop.is_of_routes and self._sessions_down for drop in refused):
            return tuple(_of_drop(drop, (path,)) for drop in refused)
        if refused:
            return tuple(replace(found, paths=(path,)) for down in self._sessions_down for found in self.finding(down))
        if not flows:
            hop = failed.target.hop if failed.source.endpoints else failed.source.hop
            return (
                Broken(
                    hop=hop, rule=f"{self._scene.resource(hop)}: has no host", seen="nothing to send to", paths=(path,)
                ),
            )
        stop = stop_of(of_flows(sightings, flows), self._hop_map, failed.source.hop, to_vpc=to_vpc)
        refused = [drop for drop in self._drops if drop.hop == stop]
        if refused:
            return tuple(_of_drop(drop, (path,)) for drop in refused)
        lost = [found for network in _networks(flows) for found in self._announcements.lost(network)]
        if lost:
            return tuple(replace(found, paths=(path,)) for found in lost)
        arrived = len(failed.udp) - len([flow for flow in failed.udp if SMALL_BYTES not in flow.delivered])
        seen = f"{arrived} of {len(failed.udp)} UDP flows from {failed.source.hop} to {failed.target.hop} arrived"
        return (
            Broken(hop=stop, rule=f"{self._scene.resource(stop)}: packets go no further", seen=seen, paths=(path,)),
        )

    def size(
        self, path: str, measured: int, flows: Sequence[Direction], sightings: Mapping[tuple[int, bool], list[Sighting]]
    ) -> tuple[Broken, ...]:
        """Why a path carries another size than promised."""
        promised = self._scene.usable_mtu
        size = promised if measured < promised else promised + 1
        found = []
        for direction, to_vpc in zip(flows, (True, False), strict=True):
            guilty = [flow for flow in direction.udp if (size in flow.delivered) == (measured > promised)]
            if guilty:
                seen = of_flows(sightings, guilty, size_bytes=size)
                stop = stop_of(seen, self._hop_map, direction.source.hop, to_vpc=to_vpc)
                hops = [stop] if measured < promised else sorted(self._tunnels(seen))
                rule = f"carries packets of {measured} bytes, promised are {promised}"
                found += [
                    Broken(hop=hop, rule=f"{self._scene.resource(hop)}: {rule}", seen=f"{size} bytes", paths=(path,))
                    for hop in hops
                ]
        return tuple(found)

    def _tunnels(self, seen: Iterable[Sighting]) -> set[str]:
        return {hop for sighting in seen for hop in self._hop_map.passed(sighting) if hop.startswith("tunnel:")}

    def finding(self, finding: Broken) -> tuple[Broken, ...]:
        """A missing redundancy, with the rule that refused its packets where one did."""
        refused = [drop for drop in self._drops if drop.hop == finding.hop]
        return tuple(
            replace(_of_drop(drop, finding.paths), seen=f"{finding.rule}: {finding.seen}") for drop in refused
        ) or (finding,)


def _networks(flows: Sequence[Flow]) -> list[IPv4Network]:
    return sorted({IPv4Network(flow.target.address) for flow in flows})


def _of_drop(drop: Drop, paths: tuple[str, ...]) -> Broken:
    seen = f"{drop.packets} packets {drop.what} from {drop.source} to {drop.destination} refused"
    return Broken(hop=drop.hop, rule=f"{drop.resource} {drop.rule}", seen=seen, paths=paths)


def merged(found: Iterable[Broken]) -> tuple[Broken, ...]:
    """One entry for each hop and rule, with all its paths."""
    entries: dict[tuple[str, str], Broken] = {}
    for broken in found:
        known = entries.get((broken.hop, broken.rule), replace(broken, paths=()))
        paths = tuple(sorted({*known.paths, *broken.paths}))
        entries[broken.hop, broken.rule] = replace(known, paths=paths)
    return tuple(entries.values())

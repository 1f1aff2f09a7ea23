"""Names what is broken: where packets stopped, which session is down, and which resource's rule refused them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from lab.fabric.drops import Drop
from lab.proof.capture import Sighting
from lab.proof.flows import Direction, Flow, Protocol
from lab.proof.hops import HopMap, in_order, of_flows, rank, stop_of
from lab.proof.paths import SMALL_BYTES
from lab.proof.reach import Question
from lab.proof.result import Broken, Layer
from lab.proof.routes import Announcements
from lab.proof.scene import STRANGER_ADDRESS, Scene

FIRST_EPHEMERAL_PORT = 32768
"""Of Linux: a TCP port from here on was chosen by nobody."""


def new_drops(before: Iterable[Drop], after: Iterable[Drop], forbidden: Iterable[Direction] = ()) -> tuple[Drop, ...]:
    """What was dropped in between; the stranger's packets and those of forbidden flows are meant to be."""
    meant = {(flow.source.address, flow.target.address) for direction in forbidden for flow in direction.udp}
    counted = {_key(drop): drop.packets for drop in before}
    grown = (replace(drop, packets=drop.packets - counted.get(_key(drop), 0)) for drop in after)
    wrong = (drop for drop in grown if drop.source != STRANGER_ADDRESS and (drop.source, drop.destination) not in meant)
    return _without_repetition(drop for drop in wrong if drop.packets > 0)


def _without_repetition(drops: Iterable[Drop]) -> tuple[Drop, ...]:
    """Replies to one host go to another port at each try: they are one thing that is refused."""
    found: dict[tuple[str, ...], Drop] = {}
    for drop in drops:
        protocol, _, port = drop.what.partition("/")
        is_reply = protocol == "tcp" and int(port) >= FIRST_EPHEMERAL_PORT
        key = (drop.hop, drop.resource, drop.source, drop.destination, protocol) if is_reply else _key(drop)
        packets = drop.packets + (found[key].packets if key in found else 0)
        found[key] = replace(found.get(key, drop), packets=packets)
    return tuple(found.values())


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
    ) -> None:
        self._scene, self._hop_map, self._drops = scene, hop_map, drops
        self._announcements = announcements

    def direction(
        self, path: str, failed: Direction, sightings: Mapping[tuple[int, bool], list[Sighting]], *, to_vpc: bool
    ) -> tuple[Broken, ...]:
        """Why the flows of one direction of a path do not arrive."""
        flows = [flow for flow in failed.udp if SMALL_BYTES not in flow.delivered] or list(failed.tcp)
        if not flows:
            hop = failed.target.hop if failed.source.endpoints else failed.source.hop
            rule = f"{self._scene.resource(hop)}: has no host"
            return (Broken(hop=hop, rule=rule, seen="nothing to send to", paths=(path,)),)
        pairs = {(flow.source.address, flow.target.address) for flow in flows}
        if flows[0].protocol is Protocol.TCP:
            pairs |= {(target, source) for source, target in pairs}
        stops = {
            stop_of(of_flows(sightings, [flow]), self._hop_map, failed.source.hop, to_vpc=to_vpc) for flow in flows
        }
        refused = [drop for drop in self._drops if (drop.source, drop.destination) in pairs]
        refused = refused or [drop for drop in self._drops if drop.hop in stops and drop.what != "icmp"]
        by_rule = [drop for drop in refused if not drop.is_of_routes]
        if by_rule:
            return tuple(_of_drop(drop, (path,)) for drop in by_rule)
        lost = [found for network in self._networks(flows) for found in self._announcements.lost(network)]
        if lost:
            return tuple(replace(found, paths=(path,)) for found in lost)
        if refused:
            return tuple(replace(_of_drop(drop, (path,)), layer=Layer.ROUTE) for drop in refused)
        return tuple(self._stop(stop, failed, path) for stop in in_order(stops))

    def _networks(self, flows: Sequence[Flow]) -> list[IPv4Network]:
        return sorted({self._announcements.announced(IPv4Address(flow.target.address)) for flow in flows})

    def _stop(self, stop: str, failed: Direction, path: str) -> Broken:
        """Packets that were last seen somewhere, which follows from whatever is broken there or next to it."""
        arrived = len([flow for flow in failed.udp if SMALL_BYTES in flow.delivered])
        seen = f"{arrived} of {len(failed.udp)} UDP flows from {failed.source.hop} to {failed.target.hop} arrived"
        return Broken(
            hop=stop,
            rule=f"{self._scene.resource(stop)}: packets go no further",
            seen=seen,
            paths=(path,),
            layer=Layer.PACKETS,
            needs=tuple((hop,) for hop in self._scene.hops() if abs(rank(hop) - rank(stop)) == 1),
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
                    Broken(
                        hop=hop,
                        rule=f"{self._scene.resource(hop)}: {rule}",
                        seen=f"{size} bytes",
                        paths=(path,),
                        layer=Layer.PACKETS,
                    )
                    for hop in hops
                ]
        return tuple(found)

    def _tunnels(self, seen: Iterable[Sighting]) -> set[str]:
        return {hop for sighting in seen for hop in self._hop_map.passed(sighting) if hop.startswith("tunnel:")}

    def unanswered(self, question: Question) -> tuple[Broken, ...]:
        """Why a router's question got no answer."""
        refused = [drop for drop in self._drops if question.concerns(drop.source, drop.destination)]
        ways = ((question.unanswered.hop,),)
        return tuple(
            replace(_of_drop(drop, ()), layer=Layer.ROUTE, needs=ways) if drop.is_of_routes else _of_drop(drop, ())
            for drop in refused
        ) or (question.unanswered,)

    def finding(self, finding: Broken) -> tuple[Broken, ...]:
        """Something missing, and the rules that refused packets where it is or stands; ICMP only tells of others."""
        hops = {finding.hop, *(hop for group in finding.needs for hop in group)}
        refused = [drop for drop in self._drops if drop.hop in hops and drop.what != "icmp" and not drop.is_of_routes]
        return (*(_of_drop(drop, finding.paths) for drop in refused), finding)


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

"""One proof from beginning to end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from lab.errors import LabFault
from lab.fabric import FabricState
from lab.proof import denied, paths, reach
from lab.proof.broken import Explainer, merged, new_drops
from lab.proof.capture import STRANGER_FLOW, Capture, Sighting
from lab.proof.causes import causes
from lab.proof.facts import NodeFacts, read
from lab.proof.flows import FlowBook
from lab.proof.hops import HopMap, by_flow, hops_of, of_flows
from lab.proof.paths import PathFlows
from lab.proof.redundancy import Redundancy
from lab.proof.result import Broken, Layer, PathResult, Proof
from lab.proof.routes import Announcements
from lab.proof.scene import INTERNET_NETNS, STRANGER_ADDRESS, Scene
from lab.proof.traffic import Receivers, Traffic


def read_facts(scene: Scene) -> dict[str, NodeFacts]:
    """What each running router says; one that does not answer is left out."""

    def ask(name: str) -> NodeFacts | None:
        try:
            return read(scene.booted[name])
        except LabFault:
            return None

    with ThreadPoolExecutor(max_workers=2) as pool:
        return {facts.name: facts for facts in pool.map(ask, scene.booted) if facts}


class Proving:
    """The flows of one proof, what was seen of them, and what follows from it."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._hop_map = scene, scene.hop_map()
        book = FlowBook()
        sites, vpcs = scene.sites(), scene.vpcs()
        self._paths = paths.path_flows(book, sites, vpcs)
        self._forbidden = (*denied.neighbours(book, sites), *denied.neighbours(book, vpcs))
        self._flows = book.flows

    def run(self, before: FabricState) -> Proof:
        """Sends everything and judges what was seen. `before` is the fabric's state before the last wait."""
        scene, facts = self._scene, read_facts(self._scene)
        strangers = denied.stranger_probes(scene.routers, facts)
        capture = Capture([*self._hop_map.places, INTERNET_NETNS], STRANGER_ADDRESS)
        traffic = Traffic(receivers=Receivers(self._flows), look=capture.drain)
        try:
            for probe in strangers:
                probe.send()
            traffic.send_udp((flow for d in self._forbidden for flow in d.udp), paths.SMALL_BYTES)
            paths.send(self._paths, traffic, scene.usable_mtu)
            mtus = paths.measure_mtus(self._paths, traffic, scene.usable_mtu)
            silent = reach.unanswered(scene, reach.questions(scene, facts))
        finally:
            traffic.close()
            capture.close()
        after = scene.fabric.state()
        sightings = by_flow(capture.seen)
        dropped = new_drops(before.drops, after.drops, self._forbidden)
        missing = Redundancy(scene, facts, after).findings()
        announcements = Announcements(scene, facts, after)
        explainer = Explainer(scene, self._hop_map, dropped, announcements)
        from_strangers = denied.stranger_results(strangers, capture.seen)
        found = (
            *self._broken_paths(mtus, sightings, explainer),
            *_explained(missing, explainer),
            *denied.let_in(from_strangers, scene),
            *denied.let_through(self._forbidden, sightings, scene, announcements),
            *(found for question in silent for found in explainer.unanswered(question)),
            *self._unused(sightings),
        )
        return Proof(
            usable_mtu=scene.usable_mtu,
            paths=tuple(self._result(path, mtus[path], sightings) for path in self._paths),
            denied=(*from_strangers, *denied.neighbour_results(self._forbidden, sightings)),
            broken=causes(merged(found)),
            hop_packets=_hop_packets(capture.seen, self._hop_map),
        )

    def _result(self, path: PathFlows, mtu: int, sightings: Mapping[tuple[int, bool], list[Sighting]]) -> PathResult:
        flows = (*path.udp, *path.tcp)
        seen = [s for flow in flows for reply in (False, True) for s in sightings.get((flow.number, reply), ())]
        return PathResult(
            site=path.forward.source.name,
            vpc=path.forward.target.name,
            forward=paths.passes(path.forward, path.backward),
            backward=paths.passes(path.backward, path.forward),
            mtu=mtu,
            hops=tuple(hops_of(seen, self._hop_map)),
        )

    def _broken_paths(
        self,
        mtus: Mapping[PathFlows, int],
        sightings: Mapping[tuple[int, bool], list[Sighting]],
        explainer: Explainer,
    ) -> Iterable[Broken]:
        for path in self._paths:
            result = self._result(path, mtus[path], sightings)
            if not result.forward:
                yield from explainer.direction(result.name, path.forward, sightings, to_vpc=True)
            if not result.backward:
                yield from explainer.direction(result.name, path.backward, sightings, to_vpc=False)
            if result.mtu not in (0, self._scene.usable_mtu):
                yield from explainer.size(result.name, result.mtu, (path.forward, path.backward), sightings)

    def _unused(self, sightings: Mapping[tuple[int, bool], list[Sighting]]) -> Iterable[Broken]:
        """Legs to the gateway that nothing of one direction crossed while another leg did: ECMP meets both."""
        legs = {f"gre:{name}" for name in self._scene.routers if name.startswith("aws-")}
        for words, flows in (
            ("towards the gateway", [flow for path in self._paths for flow in path.forward.udp]),
            ("from the gateway", [flow for path in self._paths for flow in path.backward.udp]),
        ):
            crossed = {hop for seen in of_flows(sightings, flows) for hop in self._hop_map.passed(seen)}
            for leg in sorted(legs - crossed if crossed & legs else ()):
                rule = f"{self._scene.resource(leg)}: carries nothing {words}"
                seen = f"none of {len(flows)} UDP flows, others cross the other leg"
                yield Broken(hop=leg, rule=rule, seen=seen, layer=Layer.PACKETS)


def _explained(missing: Iterable[Broken], explainer: Explainer) -> Iterable[Broken]:
    for finding in missing:
        yield from explainer.finding(finding)


def _hop_packets(seen: Mapping[Sighting, int], hop_map: HopMap) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for sighting, packets in seen.items():
        if sighting.flow != STRANGER_FLOW:
            for hop in hop_map.passed(sighting):
                counts[hop] += packets
    return dict(counts)

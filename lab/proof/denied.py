"""Tries what must not pass: from the Internet to the routers, from site to site, from VPC to VPC."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import permutations

from lab.proof.capture import STRANGER_FLOW, Sighting
from lab.proof.facts import NodeFacts
from lab.proof.flows import PROBE_PORT, Direction, FlowBook, Place, Protocol
from lab.proof.hops import of_flows, rank
from lab.proof.netns import inside
from lab.proof.paths import SMALL_BYTES
from lab.proof.result import Broken, DeniedResult, Layer
from lab.proof.routes import Announcements
from lab.proof.scene import INTERNET_NETNS, STRANGER_ADDRESS, STRANGER_NETNS, Scene

FLOWS_PER_PAIR = 4
SSH_PORT = 22
GRE_HEADER_OF_IPV4 = b"\0\0\x08\0"


@dataclass(frozen=True, kw_only=True)
class StrangerProbe:
    """One packet from a host on the Internet to a router's public address."""

    router: str
    address: str
    protocol: int
    port: int

    @property
    def label(self) -> str:
        """As in the report."""
        names = {Protocol.TCP.value: "tcp", Protocol.UDP.value: "udp"}
        return f"{names[self.protocol]}/{self.port}" if self.protocol in names else f"proto/{self.protocol}"

    def send(self) -> None:
        """Sends it; the answer, if one comes, is seen by the captures."""
        kind = {Protocol.TCP.value: socket.SOCK_STREAM, Protocol.UDP.value: socket.SOCK_DGRAM}.get(self.protocol)
        with inside(STRANGER_NETNS):
            sender = socket.socket(socket.AF_INET, kind or socket.SOCK_RAW, 0 if kind else self.protocol)
        with sender:
            sender.setblocking(False)
            try:
                if kind == socket.SOCK_STREAM:
                    sender.connect_ex((self.address, self.port))
                else:
                    sender.sendto(GRE_HEADER_OF_IPV4 + bytes(SMALL_BYTES), (self.address, self.port))
            except OSError:
                return  # it was not sent, so it will not be seen, and does not count as blocked


def stranger_probes(
    routers: Mapping[str, Mapping[str, str]], facts: Mapping[str, NodeFacts]
) -> tuple[StrangerProbe, ...]:
    """SSH, GRE and every WireGuard port of each router."""
    found = []
    for name, router in routers.items():
        address = router["public_address"]
        ports = sorted(facts[name].listen_ports.values()) if name in facts else []
        wanted = [
            (Protocol.TCP.value, SSH_PORT),
            (socket.IPPROTO_GRE, 0),
            *((Protocol.UDP.value, port) for port in ports),
        ]
        found += [StrangerProbe(router=name, address=address, protocol=kind, port=port) for kind, port in wanted]
    return tuple(found)


def stranger_results(probes: Iterable[StrangerProbe], seen: Iterable[Sighting]) -> tuple[DeniedResult, ...]:
    """Blocked means: seen on the Internet, and not at the router's NIC, behind its cloud's filter."""
    strange = [sighting for sighting in seen if sighting.flow == STRANGER_FLOW]
    sent = {(s.target, s.protocol, s.port) for s in strange if s.netns == INTERNET_NETNS}
    arrived = {(s.netns, s.protocol, s.port) for s in strange if not s.outgoing}
    return tuple(
        DeniedResult(
            source=STRANGER_NETNS,
            target=probe.router,
            port=probe.label,
            blocked=(probe.address, probe.protocol, probe.port) in sent
            and (probe.router, probe.protocol, probe.port) not in arrived,
        )
        for probe in probes
    )


def neighbours(book: FlowBook, places: Sequence[Place]) -> tuple[Direction, ...]:
    """Flows from each site to each other site, or from each VPC to each other."""
    return tuple(book.direction(one, other, FLOWS_PER_PAIR, tcp=False) for one, other in permutations(places, 2))


def neighbour_results(
    directions: Iterable[Direction], sightings: Mapping[tuple[int, bool], list[Sighting]]
) -> tuple[DeniedResult, ...]:
    """Blocked means: seen to leave the source, and nothing arrived."""
    return tuple(
        DeniedResult(
            source=direction.source.hop,
            target=direction.target.hop,
            port=f"udp/{PROBE_PORT}",
            blocked=all(
                _left(flow.number, flow.source.netns, sightings) and not flow.delivered for flow in direction.udp
            ),
        )
        for direction in directions
    )


def let_in(results: Iterable[DeniedResult], scene: Scene) -> Iterator[Broken]:
    """Strangers' packets that a router's own cloud let in, with what should have refused them."""
    for result in results:
        if not result.blocked and result.target in scene.routers:
            guard = scene.fabric.guards.get(result.target) or f"{scene.resource(result.target)}, which nothing guards,"
            yield Broken(
                hop=result.target,
                rule=f"{guard} admits {result.port} from anybody",
                seen=f"a packet from {STRANGER_ADDRESS} on the Internet at its NIC",
            )


def let_through(
    directions: Iterable[Direction],
    sightings: Mapping[tuple[int, bool], list[Sighting]],
    scene: Scene,
    announcements: Announcements,
) -> Iterator[Broken]:
    """Neighbours that reach each other, with the hop furthest from them: there packets were turned round.

    Of the gateway it is the route that they followed.
    """
    hop_map = scene.hop_map()
    for direction in directions:
        arrived = [flow for flow in direction.udp if flow.delivered]
        if arrived:
            hops = {hop for seen in of_flows(sightings, arrived) for hop in hop_map.passed(seen)}
            far = max if direction.source.hop.startswith("site:") else min
            hop = far(hops, key=lambda hop: (rank(hop), hop), default=direction.source.hop)
            rule = f"{scene.resource(hop)}: turns packets from {direction.source.hop} to {direction.target.hop}"
            way = announcements.way(direction.source.hop, IPv4Address(arrived[0].target.address))
            rule = f"{way}, and {direction.source.hop} is not to reach it" if hop == "gateway" and way else rule
            yield Broken(
                hop=hop,
                rule=rule,
                seen=f"{len(arrived)} of {len(direction.udp)} UDP flows arrived",
                layer=Layer.PACKETS,
            )


def _left(flow: int, netns: str, sightings: Mapping[tuple[int, bool], list[Sighting]]) -> bool:
    return any(sighting.netns == netns and sighting.outgoing for sighting in sightings.get((flow, False), ()))

"""Every promised session, tunnel and address: what is not as it should be, although packets may still find a way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from itertools import product

from lab.fabric import FabricState
from lab.proof.facts import NodeFacts
from lab.proof.hops import WIREGUARD_DEVICE, tunnel_hop
from lab.proof.result import Broken, Layer
from lab.proof.routes import Announcements
from lab.proof.scene import Scene

ESTABLISHED = "Established"
SESSIONS_PER_CONNECT_PEER = 2
BOOT_UNIT, NOTE_UNIT = "flets-to-vpc-boot.service", "rc-local.service"
"""The agent waits for the startup note, which registers the machine and may be refused."""
HANDSHAKE_LASTS_S = 180.0
"""WireGuard refuses a session's keys after this time (its paper, section 6.1)."""


def other_bundle(scene: Scene, facts: NodeFacts) -> str:
    """In words that a router runs another bundle than the one deployed; empty where it does not."""
    deployed = scene.routers[facts.name]["bundle_version"]
    if facts.bundle_version == deployed:
        return ""
    return f"runs bundle {facts.bundle_version or 'none'}, and {deployed} was deployed"


def other_bundles(scene: Scene, facts: Mapping[str, NodeFacts]) -> tuple[str, ...]:
    """Every promised router that runs another bundle than the one deployed, or does not tell, in words."""
    told = {name: other_bundle(scene, facts[name]) if name in facts else "tells nothing" for name in scene.routers}
    return tuple(f"{name} {words}" for name, words in told.items() if words)


class Redundancy:
    """Compares what runs with what the stack promises."""

    def __init__(self, scene: Scene, facts: Mapping[str, NodeFacts], state: FabricState) -> None:
        self._scene, self._facts, self._state = scene, facts, state

    def findings(self) -> tuple[Broken, ...]:
        """Everything that is missing; empty when all that was promised is there."""
        checks = (
            self.places,
            self._fabric,
            self.routers,
            self._tunnels,
            self._neighbors,
            self._gateway_sessions,
            self._bgp_sites,
            self._virtual_address,
            self._announcements,
        )
        found = tuple(finding for check in checks for finding in check())
        # Why a router is not ready is, nearly always, one of those; and one that is not ready draws no traffic.
        return found or tuple(self._readiness()) or tuple(self._ways())

    def _broken(self, hop: str, lacks: str, seen: str, layer: Layer = Layer.RULE, *needs: str) -> Broken:
        rule = f"{self._scene.resource(hop)}: {lacks}"
        return Broken(hop=hop, rule=rule, seen=seen, layer=layer, needs=tuple((need,) for need in needs))

    def places(self) -> Iterator[Broken]:
        """Every machine has the addresses that the stack promises of it, which all others know it by."""
        for name, card in sorted(self._scene.fabric.cards.items()):
            promised = self._scene.routers.get(name, {})
            for kind, address in (("public", card.public_address), ("private", card.private_address)):
                wanted = promised.get(f"{kind}_address")
                if wanted and address != wanted and (kind == "public" or address):
                    rule = f"{card.id}: has {address or 'no address'} as its {kind} address, and {wanted} was promised"
                    yield Broken(hop=name, rule=rule, seen="read from the clouds' state", layer=Layer.PLACE)

    def routers(self) -> Iterator[Broken]:
        """Every router runs the bundle that was deployed, and all of its units."""
        for name in self._scene.routers:
            facts = self._facts.get(name)
            if facts is None and name in self._scene.booted:
                yield self._broken(name, "does not answer", "its machine is up, and answers no command in time")
            elif facts is None:
                yield self._broken(name, "does not run", "no machine of this name is up")
            elif not facts.has_bundle:
                words = self._first_words(name, BOOT_UNIT, NOTE_UNIT)
                yield self._broken(name, "has installed no bundle", words or "its agent has logged nothing")
            else:
                if lacks := other_bundle(self._scene, facts):
                    yield self._broken(name, lacks, facts.last or "its agent has recorded nothing", Layer.RECORD)
                for unit in facts.failed_units:
                    log = self._scene.booted[name].journal(unit, 5)
                    yield self._broken(name, f"{unit} does not run", " / ".join(log) or "it has logged nothing")

    def _first_words(self, router: str, *units: str) -> str:
        """The last lines of the first of these units that has logged any."""
        logs = (" / ".join(self._scene.booted[router].journal(unit, 3)) for unit in units)
        return next(filter(None, logs), "")

    def _readiness(self) -> Iterator[Broken]:
        """Every router judges that it can carry the path."""
        for name, facts in sorted(self._facts.items()):
            if facts.has_bundle and facts.why_not_ready:
                yield self._broken(name, "is not ready", "; ".join(facts.why_not_ready), Layer.SESSION)
            elif facts.takeover:
                yield self._broken(name, "carries its sibling's part", ", ".join(facts.takeover), Layer.RECORD)

    def _tunnels(self) -> Iterator[Broken]:
        """All routers of one cloud have a tunnel to all of the other, and both ends hear each other."""
        sakura, aws = ([n for n in self._scene.routers if n.startswith(kind)] for kind in ("sakura-", "aws-"))
        for one, other in product(sakura, aws):
            for name, peer in ((one, other), (other, one)):
                facts = self._facts.get(name)
                if facts is None or not facts.has_bundle:
                    continue
                hop, devices = tunnel_hop(one, other), _tunnel_devices(facts, peer)
                if not devices:
                    yield self._broken(hop, f"{name} has no tunnel device towards {peer}", "no such device", Layer.LINK)
                for device in devices:
                    age_s = facts.handshake_age_s.get(device)
                    if age_s is None or age_s > HANDSHAKE_LASTS_S:
                        since = "no handshake yet" if age_s is None else f"last handshake {age_s:.0f} s ago"
                        yield self._broken(hop, f"{name} {device} hears nothing of {peer}", since, Layer.LINK)

    def _neighbors(self) -> Iterator[Broken]:
        """Every BGP neighbor and BFD peer that a router's bundle has to have is up; the gateway speaks for its own."""
        gateway = {(session.router, session.address) for session in self._state.sessions}
        for facts in self._facts.values():
            bgp = [peer for peer in facts.wanted_bgp if (facts.name, peer) not in gateway]
            for protocol, peers, states, up in (
                ("BGP", bgp, facts.bgp, ESTABLISHED),
                ("BFD", facts.wanted_bfd, facts.bfd, "up"),
            ):
                for peer in peers:
                    state = states.get(peer, "not configured")
                    if state != up:
                        yield self._session(facts, protocol, peer, state)

    def _session(self, facts: NodeFacts, protocol: str, peer: str, state: str) -> Broken:
        far = [other.name for other in self._facts.values() if other.holds(IPv4Address(peer))]
        silent = [name for name in self._scene.routers if not self._runs(name)]
        lacks = f"{facts.name} has no {protocol} session to {peer}"
        return self._broken(self._hop_towards(facts, peer), lacks, state, Layer.SESSION, facts.name, *(far or silent))

    def _runs(self, router: str) -> bool:
        return router in self._facts and self._facts[router].has_bundle

    def _hop_towards(self, facts: NodeFacts, peer: str) -> str:
        """The hop that a neighbor is behind."""
        for site in self._scene.world.sites:
            if site.bgp and str(site.bgp.address) == peer:
                return f"site:{site.name}"
        device = facts.device_towards(peer)
        link = self._scene.hop_map().link(facts.name, device) if device else None
        return link or facts.name

    def _gateway_sessions(self) -> Iterator[Broken]:
        """Each Connect peer has both its sessions, and none asks the gateway to keep a dead router's routes."""
        for name in (name for name in self._scene.routers if name.startswith("aws-")):
            sessions = [session for session in self._state.sessions if session.router == name]
            up = [session for session in sessions if session.state == ESTABLISHED]
            if len(up) != SESSIONS_PER_CONNECT_PEER:
                down = [f"{s.address}: {s.state} {s.last_error}".strip() for s in sessions if s not in up]
                lacks = f"{len(up)} of {SESSIONS_PER_CONNECT_PEER} BGP sessions are up"
                yield self._broken(
                    f"gre:{name}", lacks, "; ".join(down) or "the gateway knows no such session", Layer.SESSION
                )
            if any(session.preserves_forwarding for session in up):
                lacks = "offers graceful restart that preserves forwarding: a dead router's routes would stay"
                yield self._broken(f"gre:{name}", lacks, "seen in the router's OPEN", Layer.SESSION)

    def _bgp_sites(self) -> Iterator[Broken]:
        """A site that speaks BGP has a session with each Sakura router."""
        for site in self._scene.world.sites:
            for facts in self._facts.values():
                if not site.bgp or not facts.name.startswith("sakura-") or not facts.has_bundle:
                    continue
                address = str(site.bgp.address)
                if address not in facts.wanted_bgp and facts.bgp.get(address) != ESTABLISHED:
                    lacks = f"{facts.name} has no BGP session to {address}"
                    yield self._broken(
                        f"site:{site.name}", lacks, facts.bgp.get(address, "not configured"), Layer.SESSION
                    )

    def _virtual_address(self) -> Iterator[Broken]:
        virtual_ip = self._scene.world.closed_network.virtual_ip
        holders = sorted(facts.name for facts in self._facts.values() if facts.holds(IPv4Address(virtual_ip)))
        if len(holders) != 1:
            seen = f"held by {' and '.join(holders)}" if holders else "held by no router"
            yield self._broken("closed-network", f"the virtual address {virtual_ip} needs one holder", seen, Layer.LINK)

    def _announcements(self) -> Iterator[Broken]:
        """Every router knows the way to every prefix, and the gateway no other."""
        announcements = Announcements(self._scene, self._facts, self._state)
        yield from (*announcements.findings(), *announcements.strays(), *announcements.unrefused())

    def _ways(self) -> Iterator[Broken]:
        """Every Sakura router sends to each VPC by way of all AWS routers."""
        yield from Announcements(self._scene, self._facts, self._state).narrowed()

    def _fabric(self) -> Iterator[Broken]:
        """What the clouds' state lacks by itself, and programs of the lab's own that ended."""
        for finding in self._state.findings:
            yield Broken(hop=finding.hop, rule=f"{finding.resource} {finding.rule}", seen="read from the clouds' state")
        for program, words in self._state.dead_programs.items():
            yield Broken(hop="gateway", rule=f"the lab's own {program} ended", seen=words)


def _tunnel_devices(facts: NodeFacts, peer: str) -> list[str]:
    named = ((device, WIREGUARD_DEVICE.fullmatch(device)) for device in facts.devices)
    return [device for device, match in named if match and match[1] == peer]

"""FRR without daemons: it answers what a test says and notes what it is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from router.errors import FrrError
from router.frr import BfdSession, BgpSession
from tests.router.bundle_files import AGENT, GATEWAY_NEIGHBOR, SIBLING, SITE, TUNNEL_NEIGHBOR, VPC


@dataclass
class FakeVty:
    """One daemon's vty: notes what is asked and entered; `connections` is what a test raises for a daemon's restart."""

    entered: list[tuple[str, ...]]
    asked: list[str]
    refuses: set[str] = field(default_factory=set)
    connections: int = 1

    def ask(self, command: str) -> str:
        """Notes the command."""
        self.asked.append(command)
        return ""

    def configure(self, *lines: str) -> None:
        """Notes the lines, and fails where the test says."""
        self.entered.append(lines)
        refused = [line for line in lines if any(part in line for part in self.refuses)]
        if refused:
            raise FrrError(f"refuses `{refused[0]}`, as the test wants")


@dataclass
class FakeFrr:
    """FRR whose sessions and routes are what the test says."""

    up: set[str] = field(default_factory=lambda: {TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR})
    bfd_up: set[str] = field(default_factory=lambda: {TUNNEL_NEIGHBOR})
    routes: frozenset[str] = frozenset({SITE, VPC})
    bfd_ms: int = 100
    reloads: list[str] = field(default_factory=list)
    entered: list[tuple[str, ...]] = field(default_factory=list)
    """What any daemon was told in configuration mode."""
    asked: list[str] = field(default_factory=list)
    announced_anew: list[str] = field(default_factory=list)
    heard_anew: list[str] = field(default_factory=list)
    set_up_anew_of: list[str] = field(default_factory=list)
    shut: set[str] = field(default_factory=set)
    packets: dict[str, int] = field(default_factory=dict)
    diagnostic: str = "ok"
    hung: set[str] = field(default_factory=set)
    """Daemons that do not answer."""
    vtys: dict[str, FakeVty] = field(default_factory=dict)
    on_reload: object = None
    states_asked: int = 0
    """How often, over the vty."""

    def vty(self, daemon: str) -> FakeVty:
        """The one connection to a daemon."""
        return self.vtys.setdefault(daemon, FakeVty(self.entered, self.asked))

    def bgp_sessions(self) -> dict[str, BgpSession]:
        """The neighbours of `AGENT`."""
        self._answer("bgpd")
        return {
            name: BgpSession(neighbor=name, state="Established" if name in self.up else "Active", received_prefixes=2)
            for name in AGENT["bgp_neighbors"]
        }

    def bfd_sessions(self) -> dict[str, BfdSession]:
        """The tunnel's and the sibling's."""
        self._answer("bfdd")
        return {
            peer: BfdSession(
                peer=peer,
                status=self._status(peer),
                transmit_ms=self.bfd_ms,
                receive_ms=self.bfd_ms,
                multiplier=3,
                diagnostic=self.diagnostic,
                transmit_in_force_ms=self.bfd_ms,
                detection_ms=3 * self.bfd_ms,
            )
            for peer in (TUNNEL_NEIGHBOR, SIBLING)
        }

    def bfd_states(self) -> dict[str, str]:
        """The status of both."""
        self.states_asked += 1
        self._answer("bfdd")
        return {peer: self._status(peer) for peer in (TUNNEL_NEIGHBOR, SIBLING)}

    def bfd_packets(self) -> dict[str, int]:
        """As the test says."""
        self._answer("bfdd")
        return self.packets

    def announce_anew(self, neighbors: Iterable[str]) -> None:
        """Notes the neighbors."""
        self.announced_anew.extend(neighbors)

    def set_up_anew(self, neighbor: str) -> None:
        """Notes the neighbor."""
        self.set_up_anew_of.append(neighbor)

    def hear_anew(self, neighbors: Iterable[str]) -> None:
        """Notes the neighbors."""
        self.heard_anew.extend(neighbors)

    def prefixes(self) -> frozenset[str]:
        """Installed routes."""
        return self.routes

    def reload(self, intended: Path) -> None:
        """Notes the text FRR was told to run."""
        self.reloads.append(intended.read_text())
        if callable(self.on_reload):
            self.on_reload(len(self.reloads))

    def _status(self, peer: str) -> str:
        return "shutdown" if peer in self.shut else "up" if peer in self.bfd_up else "down"

    def _answer(self, daemon: str) -> None:
        if daemon in self.hung:
            raise FrrError(f"{daemon} does not answer, as the test wants")

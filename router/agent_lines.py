"""The lines of FRR's running configuration that are the agent's own: not in the bundle, and not to be undone by it.

    no shutdown                                     of the sibling's BFD peer: this router is ready
    network HALF                                    a takeover: longer prefixes than the dead sibling announced
    route-map from-NEAR deny 10, no network SITE    withheld: the inner side is dead, and nobody hears of it here
    route-map to-FAR permit 20, to-NEAR permit 20   draining: every announcement asks for another way

A reload compares the running configuration with the bundle's file plus these lines, which lies ready for anyone in
`/run/flets-to-vpc/frr.conf`.
They are gone after a reboot, as they must be: a booting router is not ready.
Only `watch` changes them.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from router import files
from router.agent_file import AgentFile
from router.errors import FrrError
from router.frr import Frr
from router.paths import Paths

PREPENDED = 3
"""Longer than any way through the sibling, also for a site that prepends by itself."""


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The agent's lines that are to be in force."""

    sibling_up: bool = False
    withheld: bool = False
    draining: bool = False
    """Everybody is asked for another way: a drain was asked for, or a daemon of FRR has died."""
    halves: tuple[str, ...] = ()
    """Sorted."""


class AgentLines:
    """The agent's lines, and FRR's configuration with them."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def intended(self) -> Path:
        """What FRR is meant to run: the bundle's file plus the agent's lines."""
        return self._paths.run / "frr.conf"

    @property
    def now(self) -> Lines:
        """What is to be in force."""
        path = self._path
        if not path.exists():
            return Lines()
        stated = json.loads(path.read_text())
        return Lines(**{**stated, "halves": tuple(stated["halves"])})

    def change(self, frr: Frr, agent: AgentFile, wanted: Lines) -> None:
        """Enters what differs. Raises FrrError; then the lines are in force partly, and `enter` brings the rest."""
        before = self.now
        # Remembered first: after a crash in between, `enter` knows what was wanted.
        files.write(self._path, json.dumps(asdict(wanted)))
        try:
            self._enter_difference(frr, agent, before, wanted)
        finally:
            self.write_intended(agent)

    def enter(self, frr: Frr, agent: AgentFile) -> None:
        """Enters all lines into an FRR that may know any of them. Raises FrrError."""
        wanted = self.now
        possible = tuple(sorted(str(half) for half, _ in agent.gateway.halves)) if agent.gateway else ()
        for lines in _bgp_lines(agent, Lines(withheld=True, draining=True, halves=possible), wanted):
            with contextlib.suppress(FrrError):  # what is not there cannot be taken away
                frr.vty("bgpd").configure(*lines)
        for lines in _bgp_lines(agent, Lines(), wanted):
            frr.vty("bgpd").configure(*lines)
        frr.hear_anew(agent.near_neighbors)
        frr.announce_anew(agent.bgp_neighbors)
        self._flag_sibling(frr, agent, wanted)
        self.write_intended(agent)

    def reloaded(self) -> None:
        """FRR has another configuration, or the bundle other settings: `watch` is to look."""
        self._paths.reloaded_flag.touch()

    def write_intended(self, agent: AgentFile) -> Path:
        """Brings `intended` up to date with the file on disk and the lines of now."""
        files.write(self.intended, with_lines(self._paths.frr_conf.read_text(), agent, self.now))
        return self.intended

    def _enter_difference(self, frr: Frr, agent: AgentFile, before: Lines, wanted: Lines) -> None:
        # The flag first: the sibling's takeover waits for it.
        if before.sibling_up != wanted.sibling_up:
            self._flag_sibling(frr, agent, wanted)
        for lines in _bgp_lines(agent, before, wanted):
            frr.vty("bgpd").configure(*lines)
        if before.withheld != wanted.withheld:
            frr.hear_anew(agent.near_neighbors)
        if before.draining != wanted.draining:
            frr.announce_anew(agent.bgp_neighbors)

    def _flag_sibling(self, frr: Frr, agent: AgentFile, wanted: Lines) -> None:
        if agent.sibling_bfd is not None:
            peer = stanza(self._paths.frr_conf.read_text(), agent.sibling_bfd)
            frr.vty("bfdd").configure("bfd", peer, "no shutdown" if wanted.sibling_up else "shutdown")

    @property
    def _path(self) -> Path:
        return self._paths.run / "frr-lines.json"


def _bgp_lines(agent: AgentFile, before: Lines, wanted: Lines) -> Iterable[tuple[str, ...]]:
    """What bgpd is told, each part from the top of configuration mode."""
    originated = agent.closed_network.announced if agent.closed_network else ()
    if before.withheld != wanted.withheld and originated:
        yield (*_in_bgp(agent), *(f"{'no ' if wanted.withheld else ''}network {prefix}" for prefix in originated))
    for was, now, clauses in (
        (before.withheld, wanted.withheld, _withholding(agent)),
        (before.draining, wanted.draining, _draining(agent)),
    ):
        if was != now:
            yield from clauses if now else ((f"no {clause[0]}",) for clause in clauses)
    new = [f"network {half}" for half in wanted.halves if half not in before.halves]
    if new:
        yield (*_in_bgp(agent), *new)
    # One by one: a half that is not there must not keep the others from going.
    for half in before.halves:
        if half not in wanted.halves:
            yield (*_in_bgp(agent), f"no network {half}")


def _in_bgp(agent: AgentFile) -> tuple[str, str]:
    return (f"router bgp {agent.asn}", "address-family ipv4 unicast")


def _withholding(agent: AgentFile) -> tuple[tuple[str, ...], ...]:
    """What is heard from a dead side is as good as not heard; what is forgotten is withdrawn everywhere at once."""
    near = _near_side(agent)
    return () if near is None else ((f"route-map from-{near} deny 10",),)


def _draining(agent: AgentFile) -> tuple[tuple[str, ...], ...]:
    """Our own routers know the community; who may not know it counts the length of AS_PATH."""
    asked = (f"route-map {_far_side(agent)} permit 20", "set community graceful-shutdown additive")
    near = _near_side(agent)
    if near is None:
        return (asked,)
    return asked, (f"route-map to-{near} permit 20", f"set as-path prepend {' '.join([str(agent.asn)] * PREPENDED)}")


def _near_side(agent: AgentFile) -> str | None:
    """Who is on the inner side and speaks BGP."""
    return "gateway" if agent.gateway else "sites" if agent.site_neighbors else None


def _far_side(agent: AgentFile) -> str:
    """The route-map of what the other cloud's routers are told."""
    return "to-sakura" if agent.gateway else "to-aws"


def with_lines(conf: str, agent: AgentFile, lines: Lines) -> str:
    """The bundle's configuration with the agent's lines in it, as FRR itself writes them. Raises FrrError."""
    if agent.sibling_bfd is not None and lines.sibling_up:
        conf = _without_shutdown(conf, agent.sibling_bfd)
    if lines.halves:
        opening = " address-family ipv4 unicast\n"
        conf = conf.replace(opening, opening + "".join(f"  network {half}\n" for half in lines.halves), 1)
    if lines.withheld and agent.closed_network:
        for prefix in agent.closed_network.announced:
            conf = conf.replace(f"  network {prefix}\n", "", 1)
    clauses = (*(_withholding(agent) if lines.withheld else ()), *(_draining(agent) if lines.draining else ()))
    for opening, *sets in clauses:
        conf += "".join(f"{line}\n" for line in (opening, *(f" {line}" for line in sets), "exit", "!"))
    return conf


def stanza(conf: str, peer: str) -> str:
    """The line that opens a BFD peer's block; FRR finds the peer only by all of its words. Raises FrrError."""
    found = re.search(rf"^ (peer {re.escape(peer)}(?: .*)?)$", conf, re.MULTILINE)
    if found is None:
        raise FrrError(f"frr.conf has no BFD peer {peer}, agent.json names it; the bundle must be rendered anew")
    return found[1]


def _without_shutdown(conf: str, peer: str) -> str:
    opening = f" {stanza(conf, peer)}\n"
    before, _, rest = conf.partition(opening)
    block, end, after = rest.partition("\n exit")
    lines = [line for line in block.split("\n") if line.strip() != "shutdown"]
    return before + opening + "\n".join(lines) + end + after

"""What `watch` observes of its router at one moment, and what it makes of it. No input or output here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from router.agent_file import AgentFile
from router.agent_lines import Lines
from router.frr import BgpSession

DRAINED = "it is drained"
"""Why a router is not ready that carries all the same what has no other way."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One moment of a router."""

    now_s: float
    """Monotonic."""
    bfd: Mapping[str, str]
    """Status by peer, in bfdd's words; empty while bfdd does not answer."""
    bgp: Mapping[str, BgpSession]
    """By neighbor; empty while bgpd does not answer."""
    leg_silent: bool
    """Gateway leg or closed network: not heard for longer than the limit."""
    leg_well: bool
    """Heard for long enough."""
    leg_ever: bool
    """Heard at least once since this agent runs."""
    out_silent: bool = False
    """Of a gateway leg: the way from here to the gateway is not heard for longer than the limit."""
    out_well: bool = True
    """That way is heard for long enough."""
    sibling_packets: int | None = None
    """BFD control packets heard of the sibling; counted only while its session is shut from here."""
    draining: bool = False
    dead_daemons: tuple[str, ...] = ()
    """Of FRR: their end leaves the kernel's routes, their start anew does not."""
    diagnostic: Callable[[], str] = lambda: ""
    """Why the sibling's session went down, in bfdd's words; asked only then."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a router is to do now."""

    lines: Lines
    """Without halves: which prefixes are reached is not known here."""
    takeover: bool
    why_not_ready: tuple[str, ...]
    """Empty: ready."""
    carries: bool
    """Also when not ready: what has no other way still gets through here."""
    stale_session: str = ""
    """The neighbor of a session that may end although its leg works again; it is to be set up anew."""

    @property
    def ready(self) -> bool:
        """This router can carry the path now."""
        return not self.why_not_ready


def leaves_the_path(observed: Observed) -> tuple[str, ...]:
    """Why others are asked for another way, while this one still forwards: nothing is lost when it then stops."""
    drained = (DRAINED,) if observed.draining else ()
    return (*drained, *(f"{name} has died" for name in observed.dead_daemons))


def working_tunnels(agent: AgentFile, observed: Observed, *, at_least_prefixes: int = 0) -> tuple[str, ...]:
    """Neighbors across tunnels whose session is established, and whose BFD is up where they have it."""
    return tuple(
        neighbor
        for neighbor in agent.tunnel_neighbors
        if neighbor in observed.bgp
        and observed.bgp[neighbor].up
        and observed.bgp[neighbor].received_prefixes >= at_least_prefixes
        and (neighbor not in agent.bfd_peers or observed.bfd.get(neighbor) == "up")
    )

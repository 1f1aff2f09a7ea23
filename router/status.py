"""What a router is asked first: everything about it at one moment, and what of that is not as expected."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

from router import wireguard
from router.agent_file import AgentFile
from router.errors import AgentError
from router.frr import BfdSession, BgpSession
from router.machine import Machine
from router.moves import Watched, watched
from router.state import Record
from router.wireguard import Tunnel

T = TypeVar("T")
SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class Status:
    """One moment of a router."""

    router: str
    cloud: str
    record: Record | None
    units: dict[str, str]
    tunnels: dict[str, Tunnel | None]
    """By interface that the bundle names; none: it is not there."""
    bgp: dict[str, BgpSession | None]
    bfd: dict[str, BfdSession | None]
    """Tunnels and sites, and the sibling where there is one."""
    prefixes: dict[str, bool]
    """Every prefix that must be reached, and whether a route to it is installed."""
    virtual_ip: str | None
    virtual_ip_held: bool
    watched: Watched | None
    """What `watch` judged last; none: it has not yet."""
    down: tuple[str, ...]
    """Everything expected that is not so, in words."""

    @property
    def ready(self) -> bool:
        """This router has told its pair that it carries the path."""
        return self.watched is not None and self.watched.ready


def look(machine: Machine) -> Status:
    """Asks every part of the router; a part that does not answer is down, and the others are still shown.

    Raises AgentError when no bundle was installed.
    """
    agent = machine.agent()
    down: list[str] = []
    units: dict[str, str] = _or(lambda: machine.units.states(machine.units.of_path()), {}, down)
    tunnels: dict[str, Tunnel] = _or(lambda: wireguard.tunnels(machine.run, int(time.time())), {}, down)
    bgp: dict[str, BgpSession] = _or(machine.frr.bgp_sessions, {}, down)
    bfd: dict[str, BfdSession] = _or(machine.frr.bfd_sessions, {}, down)
    routes: frozenset[str] = _or(machine.frr.prefixes, frozenset(), down)
    peers = agent.bfd_peers + ((agent.sibling_bfd,) if agent.sibling_bfd else ())
    held = agent.virtual_ip is not None and _or(lambda: machine.holds(agent.virtual_ip or ""), False, down)
    seen = Status(
        router=agent.router,
        cloud=agent.cloud,
        record=machine.state.record(),
        units=units,
        tunnels={end.interface: tunnels.get(end.interface) for end in agent.wireguard},
        bgp={neighbor: bgp.get(neighbor) for neighbor in agent.bgp_neighbors},
        bfd={peer: bfd.get(peer) for peer in peers},
        prefixes={prefix: prefix in routes for prefix in agent.prefixes},
        virtual_ip=agent.virtual_ip,
        virtual_ip_held=held,
        watched=watched(machine.paths),
        down=(),
    )
    return replace(seen, down=tuple(down + _down(seen, agent)))


def _down(seen: Status, agent: AgentFile) -> list[str]:
    down = [f"unit {name} is {state}" for name, state in seen.units.items() if state != "active"]
    down += [f"tunnel {name} has no valid handshake" for name, t in seen.tunnels.items() if t is None or not t.up]
    down += [f"BGP session to {name} is not established" for name, s in seen.bgp.items() if s is None or not s.up]
    down += [f"BFD session to {name} is not up" for name, s in seen.bfd.items() if s is None or not s.up]
    down += [f"no route to {prefix}" for prefix, present in seen.prefixes.items() if not present]
    for name, session in seen.bfd.items():
        if session is not None and not as_configured(session, agent.bfd_interval_ms, agent.bfd_multiplier):
            down.append(
                f"BFD to {name} runs at {session.transmit_ms}/{session.receive_ms} ms x {session.multiplier} "
                f"and finds a fault after {session.detection_ms} ms, "
                f"the bundle demands {agent.bfd_interval_ms} ms x {agent.bfd_multiplier} of both ends"
            )
    return down + _judged(seen.watched)


def _judged(judged: Watched | None) -> list[str]:
    if judged is None:
        return ["not ready: watch has not judged yet, see `systemctl status flets-to-vpc-watch`"]
    down = [] if judged.ready else [f"not ready: {'; '.join(judged.why_not_ready)}"]
    if judged.takeover:
        down.append(f"takeover: this router carries its sibling's part, {len(judged.takeover)} halves are announced")
    return down


def as_configured(session: BfdSession, interval_ms: int, multiplier: int) -> bool:
    """Whether a session runs with the bundle's timers: bfdd once kept its own in silence."""
    own = (session.transmit_ms, session.receive_ms, session.multiplier) == (interval_ms, interval_ms, multiplier)
    return own and (not session.up or session.detection_ms == interval_ms * multiplier)


def _or(ask: Callable[[], T], otherwise: T, down: list[str]) -> T:
    try:
        return ask()
    except AgentError as error:
        down.append(str(error))
        return otherwise


def for_programs(seen: Status) -> dict[str, object]:
    """The same as JSON takes it; its keys change with `schema` only."""
    record = seen.record
    return {
        "schema": SCHEMA,
        "router": seen.router,
        "cloud": seen.cloud,
        "ready": seen.ready,
        "watch": None if seen.watched is None else asdict(seen.watched),
        "bundle": None if record is None else {"version": record.bundle_version, "source": record.source},
        "booted_at_s": None if record is None else record.booted_at_s,
        "last": None if record is None else record.last,
        "units": seen.units,
        "tunnels": [{"interface": name, **_facts(tunnel)} for name, tunnel in seen.tunnels.items()],
        "bgp": [{"neighbor": name, **_facts(session)} for name, session in seen.bgp.items()],
        "bfd": [{"peer": name, **_facts(session)} for name, session in seen.bfd.items()],
        "prefixes": seen.prefixes,
        "virtual_ip": None if seen.virtual_ip is None else {"address": seen.virtual_ip, "held": seen.virtual_ip_held},
        "down": list(seen.down),
    }


def _facts(part: Tunnel | BgpSession | BfdSession | None) -> dict[str, object]:
    return {"up": False} if part is None else {**asdict(part), "up": part.up}

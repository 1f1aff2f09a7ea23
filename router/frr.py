"""FRRouting on this router: questions over the daemons' vty sockets, changes through vtysh and frr-reload.py."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.commands import Run
from router.errors import FrrError
from router.paths import Paths
from router.vty import ANSWER_TIMEOUT_S, Vty

RELOAD = "/usr/lib/frr/frr-reload.py"


@dataclass(frozen=True, kw_only=True)
class BgpSession:
    """One BGP neighbour as bgpd sees it."""

    neighbor: str
    state: str
    received_prefixes: int

    @property
    def up(self) -> bool:
        """Only an established session carries routes."""
        return self.state == "Established"


@dataclass(frozen=True, kw_only=True)
class BfdSession:
    """One BFD peer as bfdd sees it; times in milliseconds."""

    peer: str
    status: str
    transmit_ms: int
    receive_ms: int
    multiplier: int
    diagnostic: str
    """Why it is not up (RFC 5880 4.1), in bfdd's words."""
    transmit_in_force_ms: int
    """The slower of what we send and what the far end takes (RFC 5880 6.8.7)."""
    detection_ms: int
    """Silence after which this end declares the far end down."""

    @property
    def up(self) -> bool:
        """The far end answers."""
        return self.status == "up"


class Frr:
    """The running FRR daemons."""

    def __init__(self, paths: Paths, run: Run, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._paths = paths
        self._run = run
        self._answer_timeout_s = answer_timeout_s
        self._vtys: dict[str, Vty] = {}
        self._bfd_said = ""
        self._bfd_states: dict[str, str] = {}

    def vty(self, daemon: str) -> Vty:
        """The one connection to a daemon."""
        if daemon not in self._vtys:
            self._vtys[daemon] = Vty(self._paths.frr_run / f"{daemon}.vty", self._answer_timeout_s)
        return self._vtys[daemon]

    def bgp_sessions(self) -> dict[str, BgpSession]:
        """Every BGP neighbour by address. Raises FrrError."""
        peers = self._ask("bgpd", "show bgp summary json").get("ipv4Unicast", {}).get("peers", {})
        return {
            neighbor: BgpSession(neighbor=neighbor, state=seen["state"], received_prefixes=seen.get("pfxRcd", 0))
            for neighbor, seen in peers.items()
        }

    def bfd_sessions(self) -> dict[str, BfdSession]:
        """Every BFD peer by address. Raises FrrError."""
        return {seen["peer"]: _bfd_session(seen) for seen in self._ask("bfdd", "show bfd peers json")}

    def bfd_states(self) -> dict[str, str]:
        """The status of every BFD peer by address, in bfdd's words: the cheapest question there is. Raises FrrError."""
        said = self.vty("bfdd").ask("show bfd peers brief json")
        if said != self._bfd_said:
            # Asked again and again, it nearly always says the same.
            self._bfd_said, self._bfd_states = said, {seen["peer"]: seen["status"] for seen in _parsed("bfdd", said)}
        return self._bfd_states

    def bfd_packets(self) -> dict[str, int]:
        """Control packets heard of every BFD peer so far; also counted while we have shut it. Raises FrrError."""
        counters = self._ask("bfdd", "show bfd peers counters json")
        return {seen["peer"]: seen["control-packet-input"] for seen in counters}

    def prefixes(self) -> frozenset[str]:
        """Every prefix with an installed route. Raises FrrError."""
        table = self._ask("zebra", "show ip route json")
        return frozenset(prefix for prefix, routes in table.items() if any(r.get("installed") for r in routes))

    def announce_anew(self, neighbors: Iterable[str]) -> None:
        """Tells neighbors everything through the route-maps of now; a change of one acts only then. Raises FrrError."""
        for neighbor in neighbors:
            self.vty("bgpd").ask(f"clear bgp ipv4 unicast {neighbor} soft out")

    def hear_anew(self, neighbors: Iterable[str]) -> None:
        """Puts all that neighbors have told through the route-maps of now. Raises FrrError.

        bgpd does it at once; what it tells others anew it puts off by half a second (bgp_announce_route).
        """
        for neighbor in neighbors:
            self.vty("bgpd").ask(f"clear bgp ipv4 unicast {neighbor} soft in")

    def set_up_anew(self, neighbor: str) -> None:
        """Ends a neighbor's TCP connection with a RST; bgpd opens another one.

        bgpd's own reset would send its NOTIFICATION behind all that TCP still waits to send again. Raises CommandError.
        """
        self._run(["ss", "--kill", "--tcp", "--numeric", "dst", neighbor])

    def reload(self, intended: Path) -> None:
        """Moves the running configuration to a file's by its difference; unchanged sessions stay up.

        Then asks every neighbour's routes through the new filters, in and out. Raises CommandError.
        """
        self._run([RELOAD, "--reload", str(intended)])
        self._run(["vtysh", "-c", "clear bgp * soft"])

    def _ask(self, daemon: str, command: str) -> Any:
        return _parsed(daemon, self.vty(daemon).ask(command))


def _parsed(daemon: str, said: str) -> Any:
    try:
        return json.loads(said)
    except ValueError as error:
        raise FrrError(f"{daemon} answers with no JSON ({error}); see `systemctl status frr`") from error


def _bfd_session(seen: dict) -> BfdSession:  # type: ignore[type-arg]
    return BfdSession(
        peer=seen["peer"],
        status=seen["status"],
        transmit_ms=seen["transmit-interval"],
        receive_ms=seen["receive-interval"],
        multiplier=seen["detect-multiplier"],
        diagnostic=seen["diagnostic"],
        transmit_in_force_ms=max(seen["transmit-interval"], seen["remote-receive-interval"]),
        detection_ms=seen["remote-detect-multiplier"] * max(seen["receive-interval"], seen["remote-transmit-interval"]),
    )

"""FRRouting on this router: questions over the daemons' vty sockets, changes through vtysh and frr-reload.py."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path

from router.commands import Run
from router.errors import FrrError
from router.paths import Paths

ANSWER_TIMEOUT_S = 5.0
END = b"\0\0\0"
"""A vty answer ends with three NULs and one status byte."""
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

    def __init__(self, paths: Paths, run: Run) -> None:
        self._paths = paths
        self._run = run

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

    def prefixes(self) -> frozenset[str]:
        """Every prefix with an installed route. Raises FrrError."""
        table = self._ask("zebra", "show ip route json")
        return frozenset(prefix for prefix, routes in table.items() if any(r.get("installed") for r in routes))

    def reload(self, intended: Path) -> None:
        """Moves the running configuration to a file's by its difference; unchanged sessions stay up.

        Then asks every neighbour's routes through the new filters, in and out. Raises CommandError.
        """
        self._run([RELOAD, "--reload", str(intended)])
        self._run(["vtysh", "-c", "clear bgp * soft"])

    def configure(self, *lines: str) -> None:
        """Enters lines in configuration mode; nothing is written to the file. Raises CommandError."""
        self._run(["vtysh", *(word for line in ("configure terminal", *lines) for word in ("-c", line))])

    def _ask(self, daemon: str, command: str) -> dict:  # type: ignore[type-arg]
        try:
            return json.loads(_vty(self._paths.frr_run / f"{daemon}.vty", command))  # type: ignore[no-any-return]
        except (OSError, ValueError, EOFError) as error:
            raise FrrError(f"{daemon} does not answer `{command}` ({error}); see `systemctl status frr`") from error


def _vty(path: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as vty:
        vty.settimeout(ANSWER_TIMEOUT_S)
        vty.connect(str(path))
        _exchange(vty, "enable")
        return _exchange(vty, command)


def _exchange(vty: socket.socket, command: str) -> str:
    vty.sendall(command.encode() + b"\0")
    answer = b""
    while answer[-4:-1] != END:
        part = vty.recv(1 << 16)
        if not part:
            raise EOFError("it closed the connection")
        answer += part
    return answer[:-4].decode()


def _bfd_session(seen: dict) -> BfdSession:  # type: ignore[type-arg]
    return BfdSession(
        peer=seen["peer"],
        status=seen["status"],
        transmit_ms=seen["transmit-interval"],
        receive_ms=seen["receive-interval"],
        multiplier=seen["detect-multiplier"],
        transmit_in_force_ms=max(seen["transmit-interval"], seen["remote-receive-interval"]),
        detection_ms=seen["remote-detect-multiplier"] * max(seen["receive-interval"], seen["remote-transmit-interval"]),
    )

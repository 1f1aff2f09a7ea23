"""Processes of a router that die, hang or are given a wrong key, while the machine is well."""

from __future__ import annotations

import re
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass

from lab.drills.faults.fault import Breakable
from lab.errors import LabFault

STARTED_AGAIN_WITHIN_S = 120.0
"""Twice what watchfrr waits at most."""
LOOK_EVERY_S = 0.1
WATCH_UNIT = "flets-to-vpc-watch.service"
HUNG = ("watchfrr", "zebra", "bgpd", "bfdd", "staticd", "keepalived")
"""What of a router can hang: the daemons that speak for it. WireGuard and GRE are the kernel's on a real one."""
DONE_WITHIN_S = 600.0
"""A drain waits for its pair's lock, and a roll-out for several drains."""
PRESHARED_KEY = re.compile(r"(?m)^PresharedKey = .*$")


def in_router(lab: Breakable, router: str, *argv: str, stdin: str = "") -> str:
    """What a command on a router prints. Raises LabFault with what it said when it fails."""
    done = lab.scene().booted[router].run(argv, stdin=stdin, timeout_s=DONE_WITHIN_S)
    if done.returncode:
        raise LabFault(f"{router}: {argv[0]}: exit {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@dataclass(frozen=True, kw_only=True)
class Killed:
    """A daemon that is killed; whoever watches over it on the router starts it again."""

    instance: str
    daemon: str

    def inflict(self, lab: Breakable) -> None:
        """Every process of this name is gone at once."""
        in_router(lab, self.instance, "pkill", "-KILL", "-x", self.daemon)

    def mend(self, lab: Breakable) -> None:
        """The router does it, later each time; this waits until it has. Raises LabFault when it has not."""
        deadline = time.monotonic() + STARTED_AGAIN_WITHIN_S
        while lab.scene().booted[self.instance].run(("pgrep", "-x", self.daemon)).returncode:
            if time.monotonic() > deadline:
                raise LabFault(f"{self.instance}: {self.daemon} is not started again in {STARTED_AGAIN_WITHIN_S:.0f} s")
            time.sleep(LOOK_EVERY_S)


@dataclass(frozen=True)
class AgentKilled:
    """The agent's resident process is killed; systemd starts it again."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """Only the unit's main process."""
        in_router(lab, self.instance, "systemctl", "kill", "--kill-whom=main", "--signal=KILL", WATCH_UNIT)

    def mend(self, lab: Breakable) -> None:
        """The router does it."""


@dataclass(frozen=True)
class Hung:
    """A router whose daemons neither die nor do anything: packets still pass it, and nobody speaks for it."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """Those that supervise the others are stopped first."""
        in_router(lab, self.instance, "sh", "-c", _to_all("STOP"))

    def mend(self, lab: Breakable) -> None:
        """They go on where they stood."""
        in_router(lab, self.instance, "sh", "-c", _to_all("CONT"))


def _to_all(signal: str) -> str:
    """A router without one of them, as an AWS router is without keepalived, is no failure."""
    return "; ".join(f"pkill -{signal} -x {daemon}" for daemon in HUNG) + "; true"


class WrongKey:
    """A tunnel whose one end has another pre-shared key: it is up, and no handshake succeeds."""

    def __init__(self, router: str, device: str) -> None:
        self._router, self._device = router, device
        self._right = ""
        """The interface as it was. It is in this process's memory and nowhere else."""

    @property
    def instance(self) -> str:
        """Router and device."""
        return f"{self._router} {self._device}"

    def inflict(self, lab: Breakable) -> None:
        """The interface is set anew, so that the keys of a session that stands are forgotten too."""
        self._right = in_router(lab, self._router, "wg", "showconf", self._device)
        wrong = b64encode(secrets.token_bytes(32)).decode()
        self._set(lab, PRESHARED_KEY.sub(f"PresharedKey = {wrong}", self._right))

    def mend(self, lab: Breakable) -> None:
        """The interface is set as it was."""
        self._set(lab, self._right)

    def _set(self, lab: Breakable, config: str) -> None:
        in_router(lab, self._router, "wg", "setconf", self._device, "/dev/stdin", stdin=config)


@dataclass(frozen=True)
class SessionReset:
    """The gateway ends a BGP session with a router, as it does for maintenance; it is set up again at once."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """One of the two sessions."""
        lab.scene().fabric.reset_gateway_session(self.instance)

    def mend(self, lab: Breakable) -> None:
        """Both ends do it."""

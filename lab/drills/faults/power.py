"""Machines that are gone from one moment to the next."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.drills import frr
from lab.drills.faults.fault import AWS, SAKURA, Breakable
from lab.errors import LabFault
from lab.proof.redundancy import ESTABLISHED

COMES_BACK_WITHIN_S = 120.0
"""What was mended: a machine has to boot and its sessions to come up, on a machine that may be busy."""
LOOK_EVERY_S = 0.1
NOTICED_AFTER_S = 2.0


@dataclass(frozen=True)
class PowerOff:
    """A router without power. Its Auto Scaling group starts an EC2 machine anew, a Sakura server has its disk."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """Nothing of the router is heard again, not even the end of its connections."""
        lab.cut_power(self.instance)

    def mend(self, lab: Breakable) -> None:
        """As the router's cloud would bring it back."""
        if self.instance in AWS:
            lab.rebuild([self.instance])
        else:
            lab.start(self.instance)


def off_and_back(lab: Breakable, router: str) -> None:
    """A router loses power and comes back: this returns as soon as a router of the other cloud counts on it.

    Raises LabFault when none does.
    """
    power = PowerOff(router)
    power.inflict(lab)
    time.sleep(NOTICED_AFTER_S)
    power.mend(lab)
    peer = (SAKURA if router in AWS else AWS)[0]
    deadline = time.monotonic() + COMES_BACK_WITHIN_S
    while not has_session(frr.ask(lab.scene().booted[peer], frr.BGP), router):
        if time.monotonic() > deadline:
            raise LabFault(f"{peer}: no session with {router} within {COMES_BACK_WITHIN_S:.0f} s")
        time.sleep(LOOK_EVERY_S)


def has_session(neighbors: Mapping[str, Any], router: str) -> bool:
    """Whether a tunnel's session with this router is established, in what bgpd says of all neighbors."""
    told = [seen for seen in neighbors.values() if isinstance(seen, dict)]
    return any(router in seen.get("nbrDesc", "") and seen.get("bgpState") == ESTABLISHED for seen in told)

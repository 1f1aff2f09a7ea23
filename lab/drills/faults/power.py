"""Machines that are gone from one moment to the next."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from lab.drills.faults.daemons import in_router
from lab.drills.faults.fault import AWS, SAKURA, Breakable
from lab.errors import LabFault
from lab.proof.redundancy import ESTABLISHED

COMES_BACK_WITHIN_S = 120.0
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


@dataclass(frozen=True)
class OffAgain:
    """A router that loses power, comes back, and loses it anew as soon as a router of the other cloud counts on it."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """Both losses of power, and the return between them. Raises LabFault when it does not come back."""
        power = PowerOff(self.instance)
        power.inflict(lab)
        time.sleep(NOTICED_AFTER_S)
        power.mend(lab)
        self._await_session(lab)
        power.inflict(lab)

    def mend(self, lab: Breakable) -> None:
        """Back for good."""
        PowerOff(self.instance).mend(lab)

    def _await_session(self, lab: Breakable) -> None:
        peer = (SAKURA if self.instance in AWS else AWS)[0]
        deadline = time.monotonic() + COMES_BACK_WITHIN_S
        while not has_session(in_router(lab, peer, "vtysh", "-c", "show bgp neighbors json"), self.instance):
            if time.monotonic() > deadline:
                raise LabFault(f"{peer}: no session with {self.instance} within {COMES_BACK_WITHIN_S:.0f} s")
            time.sleep(LOOK_EVERY_S)


def has_session(neighbors: str, router: str) -> bool:
    """Whether a tunnel's session with this router is established, in bgpd's JSON of all neighbors."""
    told = [seen for seen in json.loads(neighbors).values() if isinstance(seen, dict)]
    return any(router in seen.get("nbrDesc", "") and seen.get("bgpState") == ESTABLISHED for seen in told)

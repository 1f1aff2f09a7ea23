"""Machines that are gone from one moment to the next."""

from __future__ import annotations

from dataclasses import dataclass

from lab.drills.faults.fault import AWS, Breakable


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

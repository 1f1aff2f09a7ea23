"""What a fault is, and what it may lay hands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lab.proof.scene import Scene

AWS = ("aws-a", "aws-b")
SAKURA = ("sakura-a", "sakura-b")
ROUTERS = (*AWS, *SAKURA)
TUNNELS = tuple((sakura, aws) for sakura in SAKURA for aws in AWS)


class Breakable(Protocol):
    """A running lab, as far as faults need it."""

    @property
    def stack(self) -> str:
        """The name of the stack that runs."""
        ...

    def scene(self) -> Scene:
        """The lab as it is now, with the routers that run."""
        ...

    def written_parameters(self) -> tuple[str, ...]:
        """Names of the parameters that routers wrote into AWS and have not deleted."""
        ...

    def cut_power(self, name: str) -> None:
        """A router is gone at once."""
        ...

    def start(self, name: str) -> None:
        """Starts a router from the disk it had."""
        ...

    def reboot(self, name: str) -> None:
        """Shuts a router down in order and starts it from the disk it had."""
        ...

    def rebuild(self, names: Sequence[str]) -> None:
        """Boots routers from new disks."""
        ...

    def deploy(self, stated: Path) -> None:
        """Deploys a stack file and waits until every router runs what it was told of."""
        ...


class Fault(Protocol):
    """Something that can be broken in a running lab, and mended. Both return as soon as it is done."""

    @property
    def instance(self) -> str:
        """Which of its kind: a router, a tunnel, a pair of them."""
        ...

    def inflict(self, lab: Breakable) -> None:
        """Breaks it."""
        ...

    def mend(self, lab: Breakable) -> None:
        """Undoes what `inflict` did; what heals by itself needs nothing."""
        ...


@dataclass(frozen=True, kw_only=True)
class Together:
    """Several faults in one moment."""

    instance: str
    faults: tuple[Fault, ...]

    def inflict(self, lab: Breakable) -> None:
        """Breaks all of them, one right after the other."""
        for fault in self.faults:
            fault.inflict(lab)

    def mend(self, lab: Breakable) -> None:
        """Mends them in the same order."""
        for fault in self.faults:
            fault.mend(lab)

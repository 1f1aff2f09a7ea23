"""What an operator does on purpose: a router told to drain, rebooted in order, given a bundle."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.drills.faults.daemons import in_router
from lab.drills.faults.fault import ROUTERS, Breakable
from lab.drills.profiles import FOLDER, PATH_KEY, stack_path

ANOTHER_PREFIX = "192.168.100.0/24"
"""Of a site that the stack has not."""


@dataclass(frozen=True)
class Drain:
    """A router that hands its traffic over, and takes it back."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """Returns when the router says that nothing crosses it any more."""
        in_router(lab, self.instance, "flets-to-vpc", "drain")

    def mend(self, lab: Breakable) -> None:
        """Returns when the router carries traffic again."""
        in_router(lab, self.instance, "flets-to-vpc", "undrain")


@dataclass(frozen=True)
class Reboot:
    """A router that is shut down in order and starts again from its disk."""

    instance: str

    def inflict(self, lab: Breakable) -> None:
        """Returns when its systemd answers again."""
        lab.reboot(self.instance)

    def mend(self, lab: Breakable) -> None:
        """It boots by itself."""


class UnchangedBundle:
    """All routers are told to take the bundle that they run."""

    instance = "all"

    def inflict(self, lab: Breakable) -> None:
        """At once, as their association tells them: the order is theirs to find."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda router: in_router(lab, router, "flets-to-vpc", "apply"), ROUTERS))

    def mend(self, lab: Breakable) -> None:
        """Nothing was changed."""


class ChangedBundle:
    """A site is added to the stack, and taken away again."""

    instance = "all"

    def inflict(self, lab: Breakable) -> None:
        """Returns when every router runs its new bundle."""
        lab.deploy(with_another_site(lab.stack))

    def mend(self, lab: Breakable) -> None:
        """The stack as it was."""
        lab.deploy(stack_path(lab.stack))


def with_another_site(stack: str) -> Path:
    """Writes the stack's file with one more site and returns where it is."""
    document = yaml.safe_load(stack_path(stack).read_text())
    sites = document["config"][PATH_KEY]["sites"]
    sites.append({"id": max(site["id"] for site in sites) + 1, "name": "drilled", "prefixes": [ANOTHER_PREFIX]})
    path = FOLDER / "changed" / stack_path(stack).name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path

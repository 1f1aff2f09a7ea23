"""This router, as the verbs use it: everything that touches the machine, made once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from router import agent_file, commands
from router.activate import Activation
from router.agent_file import AgentFile
from router.agent_lines import AgentLines
from router.aws import Aws
from router.errors import BundleError
from router.frr import Frr
from router.install import Installer
from router.paths import Paths
from router.state import State
from router.units import Units


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The router the agent runs on; tests put in other programs, folders and AWS."""

    paths: Paths = field(default_factory=Paths)
    run: commands.Run = commands.run
    aws: Callable[[], Aws] = Aws

    @cached_property
    def state(self) -> State:
        """What the agent remembers."""
        return State(self.paths)

    @cached_property
    def units(self) -> Units:
        """systemd."""
        return Units(self.run)

    @cached_property
    def frr(self) -> Frr:
        """The routing daemons."""
        return Frr(self.paths, self.run)

    @cached_property
    def lines(self) -> AgentLines:
        """The agent's own FRR lines."""
        return AgentLines(self.paths)

    @cached_property
    def installer(self) -> Installer:
        """Writes bundles to disk."""
        return Installer(self.paths, self.state)

    @cached_property
    def activation(self) -> Activation:
        """Moves between bundles."""
        return Activation(
            run=self.run,
            units=self.units,
            frr=self.frr,
            lines=self.lines,
            installer=self.installer,
            state=self.state,
        )

    def holds(self, address: str) -> bool:
        """Whether one of this router's devices has the address. Raises CommandError."""
        links = json.loads(self.run(["ip", "-json", "address", "show"]))
        return any(info.get("local") == address for link in links for info in link.get("addr_info", ()))

    def agent(self) -> AgentFile:
        """The settings of the bundle on disk. Raises BundleError when none was ever installed."""
        path = self.paths.at(agent_file.PATH)
        if not path.exists():
            raise BundleError(f"{path}: no bundle was installed yet; see `journalctl -u flets-to-vpc-boot`")
        return agent_file.parse(path.read_text())

"""The lines of FRR's running configuration that are the agent's own: not in the bundle, and not to be undone by it.

Today there is one: whether the sibling's BFD peer, `shutdown` in the file, is up because this router is ready.
A reload compares the running configuration with the bundle's file plus these lines, which lies ready for anyone in
`/run/flets-to-vpc/frr.conf`.
They are gone after a reboot, as they must be: a booting router is not ready.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from router import files
from router.agent_file import AgentFile
from router.errors import FrrError
from router.frr import Frr
from router.paths import Paths


class AgentLines:
    """The agent's lines, and FRR's configuration with them."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def intended(self) -> Path:
        """What FRR is meant to run: the bundle's file plus the agent's lines."""
        return self._paths.run / "frr.conf"

    @property
    def sibling_is_raised(self) -> bool:
        """This router told its sibling that it is ready."""
        path = self._path
        return path.exists() and json.loads(path.read_text()).get("sibling_bfd_up") is True

    def raise_sibling(self, frr: Frr, agent: AgentFile) -> None:
        """Brings the sibling's BFD peer up, now and whenever the lines are entered. Raises CommandError, FrrError."""
        self._enter_sibling(frr, agent)
        files.write(self._path, json.dumps({"sibling_bfd_up": True}))
        self.write_intended(agent)

    def enter(self, frr: Frr, agent: AgentFile) -> None:
        """Enters the lines into an FRR that has started from its file alone. Raises CommandError, FrrError."""
        if self.sibling_is_raised:
            self._enter_sibling(frr, agent)

    def write_intended(self, agent: AgentFile) -> Path:
        """Brings `intended` up to date with the file on disk and the lines of now."""
        conf = self._paths.frr_conf.read_text()
        if agent.sibling_bfd is not None and self.sibling_is_raised:
            conf = without_shutdown(conf, agent.sibling_bfd)
        files.write(self.intended, conf)
        return self.intended

    def _enter_sibling(self, frr: Frr, agent: AgentFile) -> None:
        if agent.sibling_bfd is not None:
            frr.configure("bfd", stanza(self._paths.frr_conf.read_text(), agent.sibling_bfd), "no shutdown")

    @property
    def _path(self) -> Path:
        return self._paths.run / "frr-lines.json"


def stanza(conf: str, peer: str) -> str:
    """The line that opens a BFD peer's block; FRR finds the peer only by all of its words. Raises FrrError."""
    found = re.search(rf"^ (peer {re.escape(peer)}(?: .*)?)$", conf, re.MULTILINE)
    if found is None:
        raise FrrError(f"frr.conf has no BFD peer {peer}, agent.json names it; the bundle must be rendered anew")
    return found[1]


def without_shutdown(conf: str, peer: str) -> str:
    """The configuration with that peer's `shutdown` taken out, as FRR itself writes a peer that is up."""
    opening = f" {stanza(conf, peer)}\n"
    before, _, rest = conf.partition(opening)
    block, end, after = rest.partition("\n exit")
    lines = [line for line in block.split("\n") if line.strip() != "shutdown"]
    return before + opening + "\n".join(lines) + end + after

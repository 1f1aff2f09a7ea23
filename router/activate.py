"""Moving a running router from one bundle to another, without resetting what stays the same.

First all that is new comes up, then what is gone goes down: a tunnel that replaces another is there before it.
"""

from __future__ import annotations

from router import agent_file, wireguard
from router.agent_file import AgentFile
from router.agent_lines import AgentLines
from router.bundle import Bundle
from router.commands import Run
from router.errors import CommandError
from router.frr import Frr
from router.install import Installer
from router.journal import warn
from router.state import State
from router.units import DROP_IN, Units, wanted

ADDRESSES = "/etc/flets-to-vpc/addresses.ip"
GRE_ENV = "/etc/flets-to-vpc/gre.env"


class Activation:
    """Turns differences between two bundles into reloads."""

    def __init__(
        self, *, run: Run, units: Units, frr: Frr, lines: AgentLines, installer: Installer, state: State
    ) -> None:
        self._run = run
        self._units = units
        self._frr = frr
        self._lines = lines
        self._installer = installer
        self._state = state

    def switch(self, old: Bundle, new: Bundle, *, may_restart_frr: bool = False) -> None:
        """Makes this router run `new`. Raises AgentError midway; switching back then undoes it.

        `may_restart_frr` is for the way back: where FRR cannot go by differences, it starts anew from its file.
        """
        changed = changes(old, new)
        self._installer.write(new)
        if DROP_IN in changed:
            self._units.read_files()
        if changed & {ADDRESSES, "/etc/sysctl.d/60-flets-to-vpc.conf"}:
            self._units.restart("flets-to-vpc-addresses.service")
        if "/etc/nftables.conf" in changed:
            self._units.reload("nftables.service")
        self._change_tunnels(old, new)
        if GRE_ENV in changed and GRE_ENV in old.by_path and GRE_ENV in new.by_path:
            self._units.restart("flets-to-vpc-gre.service")
        self._units.start_path()
        if "/etc/frr/frr.conf" in changed:
            self._reload_frr(new.agent, may_restart=may_restart_frr)
        if changed & {"/etc/frr/frr.conf", agent_file.PATH}:
            # `watch` reads the bundle's settings and enters its lines anew.
            self._lines.reloaded()
        if "/etc/keepalived/keepalived.conf" in changed & set(new.by_path):
            self._units.reload("keepalived.service")
        self._take_away(old, new)

    def _reload_frr(self, agent: AgentFile, *, may_restart: bool) -> None:
        intended = self._lines.write_intended(agent)
        try:
            self._frr.reload(intended)
        except CommandError as error:
            if not may_restart:
                raise
            warn(f"{error}; restarting FRR, every session of this router is reset")
            self._units.restart("frr.service")

    def _change_tunnels(self, old: Bundle, new: Bundle) -> None:
        ends_before = {end.interface: end for end in old.agent.wireguard}
        for end in new.agent.wireguard:
            path = wireguard.conf_path(end.interface)
            if end.interface not in ends_before:
                continue
            before, after = old.text(path), new.text(path)
            if wireguard.link_lines(before) != wireguard.link_lines(after):
                self._units.restart(wireguard.unit(end.interface))
            elif before != after or ends_before[end.interface] != end:
                wireguard.sync(self._run, self._state, end)

    def _take_away(self, old: Bundle, new: Bundle) -> None:
        # Units before files: `wg-quick down` still reads the interface's file.
        for unit in sorted(set(wanted(old.text(DROP_IN))) - set(wanted(new.text(DROP_IN)))):
            self._units.stop(unit)
        self._installer.remove_all_but(new)
        for words in gone_addresses(old.text(ADDRESSES), new.text(ADDRESSES)):
            self._run(["ip", "address", "delete", *words])


def changes(old: Bundle, new: Bundle) -> set[str]:
    """The paths that differ, that come, and that go."""
    return {path for path in {*old.by_path, *new.by_path} if old.by_path.get(path) != new.by_path.get(path)}


def gone_addresses(old: str, new: str) -> list[list[str]]:
    """`ADDRESS dev DEVICE` of every `ip -batch` line that gives an address and is no longer there."""
    kept = {tuple(words) for words in _given(new)}
    return [words for words in _given(old) if tuple(words) not in kept]


def _given(batch: str) -> list[list[str]]:
    lines = [line.split() for line in batch.splitlines()]
    given = [words for words in lines if words[:1] == ["address"] and "dev" in words]
    return [[words[2], *words[words.index("dev") :][:2]] for words in given]

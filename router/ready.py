"""Ready: this router can carry the path now, and says so.

An AWS router raises the BFD peer of its sibling, which the file holds as `shutdown`.
A Sakura router writes 0 to keepalived's track file, so that it may hold the virtual address.
"""

from __future__ import annotations

from router import files
from router.agent_file import AgentFile
from router.errors import AgentError
from router.frr import Frr
from router.journal import say, warn
from router.machine import Machine
from router.patience import REMIND_EVERY_S, Patience

POLL_S = 0.2
PATH_WORKS = "0\n"
"""keepalived's track file: 0 keeps the priority, 1 takes it below the sibling's."""


def unready(agent: AgentFile, frr: Frr) -> list[str]:
    """Why this router cannot carry the path now, in words; empty when it can."""
    try:
        sessions, prefixes = frr.bgp_sessions(), frr.prefixes()
    except AgentError as error:
        return [str(error)]
    if agent.virtual_ip is not None:
        # One tunnel is enough to hold the virtual address: the sibling may have none.
        return [f"no route to {prefix}" for prefix in agent.vpc_prefixes if prefix not in prefixes]
    needed = [neighbor for neighbor in agent.bgp_neighbors if neighbor not in agent.site_neighbors]
    return [
        f"BGP session to {neighbor} is {sessions[neighbor].state if neighbor in sessions else 'absent'}"
        for neighbor in needed
        if neighbor not in sessions or not sessions[neighbor].up
    ]


def wait_until_ready(machine: Machine) -> None:
    """Waits, for ever, until this router is ready, then says so once."""
    reminder = Patience(seconds=REMIND_EVERY_S)
    while not _said(machine):
        # Not under the lock: an apply may be what makes this router ready.
        if not reminder.until_true(lambda: not unready(machine.agent(), machine.frr), every_s=POLL_S):
            warn(f"not ready: {'; '.join(unready(machine.agent(), machine.frr))}; waiting")
            reminder = Patience(seconds=REMIND_EVERY_S)


def _said(machine: Machine) -> bool:
    """Says it when it is so."""
    with machine.state.lock():
        agent = machine.agent()
        if unready(agent, machine.frr):
            return False
        if agent.sibling_bfd is not None:
            machine.lines.raise_sibling(machine.frr, agent)
        if agent.virtual_ip is not None:
            files.write(machine.paths.run / "path", PATH_WORKS, 0o644)
    say("ready: this router carries the path")
    return True

"""What works on this router, and what a change took away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from router.agent_file import AgentFile
from router.errors import AgentError, CheckError
from router.frr import Frr
from router.patience import Patience
from router.units import Units

CHECK_PATIENCE_S = 10.0
"""A session that a change had to reset is back within its connect timer; a tunnel's BFD within a second."""
SAMPLE_EVERY_S = 0.25
SAMPLES = 4
"""So many in a row must be good: a session that flaps passes one sample, not a second of them."""


@dataclass(frozen=True, kw_only=True)
class Working:
    """Everything that works at one moment."""

    units: frozenset[str] = frozenset()
    bgp: frozenset[str] = frozenset()
    bfd: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()

    def expected_of(self, agent: AgentFile, units: frozenset[str]) -> Working:
        """The part of it that a bundle still asks for."""
        sibling = {agent.sibling_bfd} if agent.sibling_bfd else set()
        return Working(
            units=self.units & units,
            bgp=self.bgp & set(agent.bgp_neighbors),
            bfd=self.bfd & (set(agent.bfd_peers) | sibling),
            prefixes=self.prefixes & set(agent.prefixes),
        )

    def lost(self, now: Working) -> list[str]:
        """What worked then and does not now, in words."""
        return (
            [f"unit {name} is not active" for name in sorted(self.units - now.units)]
            + [f"BGP session to {name} is not established" for name in sorted(self.bgp - now.bgp)]
            + [f"BFD session to {name} is not up" for name in sorted(self.bfd - now.bfd)]
            + [f"no route to {name}" for name in sorted(self.prefixes - now.prefixes)]
        )


def working(frr: Frr, units: Units) -> Working:
    """What works now; when FRR does not answer, nothing of it does."""
    active = frozenset(name for name, state in units.states(units.of_path()).items() if state == "active")
    try:
        return Working(
            units=active,
            bgp=frozenset(name for name, session in frr.bgp_sessions().items() if session.up),
            bfd=frozenset(name for name, session in frr.bfd_sessions().items() if session.up),
            prefixes=frr.prefixes(),
        )
    except AgentError:
        return Working(units=active)


def check(expected: Working, sample: Callable[[], Working], patience: Patience | None = None) -> None:
    """Waits until everything expected works for several samples in a row. Raises CheckError with what does not."""
    patience = patience or Patience(seconds=CHECK_PATIENCE_S)
    lost: list[str] = []
    in_a_row = 0

    def steady() -> bool:
        nonlocal lost, in_a_row
        lost = expected.lost(sample())
        in_a_row = 0 if lost else in_a_row + 1
        return in_a_row >= SAMPLES

    if not patience.until_true(steady, every_s=SAMPLE_EVERY_S):
        raise CheckError("; ".join(lost) or "what worked before comes and goes")

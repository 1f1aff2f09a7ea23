"""Readiness of a Sakura router: pure decisions.

It may hold the virtual address while a tunnel brings it VPCs and the closed network answers.
Cut from the closed network it announces no site: a VM's link stays up when its switch is gone.
"""

from __future__ import annotations

from router.agent_file import AgentFile
from router.agent_lines import Lines
from router.observed import Judgement, Observed, leaves_the_path, working_tunnels

LOOPBACK_AND_ONE_VPC = 2
"""Prefixes heard from an AWS router that can carry anything."""


class SakuraSide:
    """One Sakura router's judgement from moment to moment."""

    def __init__(self, agent: AgentFile, before: Lines) -> None:
        """`before`: the lines that an earlier run of the agent left in force."""
        self._agent = agent
        self._cut = before.withheld

    def judge(self, observed: Observed) -> Judgement:
        """What to do now. Call it in the order of time."""
        self._cut = not observed.leg_well if self._cut else observed.leg_silent
        leaves = leaves_the_path(observed)
        why = [*leaves]
        if not working_tunnels(self._agent, observed, at_least_prefixes=LOOPBACK_AND_ONE_VPC):
            why.append("no tunnel brings a VPC")
        if self._cut:
            why.append("neither the closed network's gateway nor the sibling is heard there")
        return Judgement(
            lines=Lines(withheld=self._cut, draining=bool(leaves)),
            takeover=False,
            why_not_ready=tuple(why),
            carries=why == [*leaves],
        )

    def raised_anew(self, now_s: float) -> None:
        """Nothing to do: no flag between Sakura's siblings is FRR's."""

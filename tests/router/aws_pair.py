"""Two AWS routers' sides against each other: each one's flag is the other's BFD. A model, step by step."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from router.agent_file import parse
from router.agent_lines import Lines
from router.aws_side import SAID_UNREADY, AwsSide
from router.frr import BgpSession
from router.hearing import Hearing
from router.observed import Judgement, Observed
from tests.router.bundle_files import AGENT, GATEWAY_NEIGHBOR, SIBLING, TUNNEL_NEIGHBOR

STEP_S = 0.1
LIMIT_S = 0.3
HOLD_S = 9
COMES_UP_AFTER_S = 2.0
"""A BFD session that is down, and a BGP session whose leg is back."""
SETTLED_S = HOLD_S + 10.0
AGENT_FILE = parse(json.dumps({**AGENT, "gateway": {**AGENT["gateway"], "hold_s": HOLD_S}}))  # type: ignore[dict-item]
FAULTS = ("dead", "tunnel", "leg", "back", "probe", "bfdd", "drained")
"""Of one router; `back` is a leg dead on its way back, `probe` one that works and does not send probes back."""


@dataclass
class Router:
    """One sibling: its side, its leg's hearing, and its sessions."""

    faults: set[str] = field(default_factory=set)
    lines: Lines = field(default_factory=Lines)
    judgement: Judgement | None = None
    leg_cut_s: float = 0.0
    leg_well_s: float = 60.0
    packets: int = 0

    def __post_init__(self) -> None:
        self.start(0.0)

    def start(self, now_s: float) -> None:
        """A machine that has just booted."""
        assert AGENT_FILE.gateway is not None
        self.side = AwsSide(AGENT_FILE, AGENT_FILE.gateway, self.lines)
        self.out, self.back = Hearing(LIMIT_S, now_s), Hearing(LIMIT_S, now_s)

    @property
    def raised(self) -> bool:
        """Its end of the siblings' BFD session sends."""
        return self.lines.sibling_up and not self.faults & {"dead", "bfdd"}

    @property
    def established(self) -> bool:
        """The gateway's session dies by its hold time only."""
        return self.leg_cut_s <= HOLD_S and (self.leg_cut_s > 0 or self.leg_well_s >= COMES_UP_AFTER_S)

    def live(self, now_s: float) -> None:
        """What the leg does in one step."""
        if self.faults & {"leg", "dead"}:
            self.leg_cut_s, self.leg_well_s = self.leg_cut_s + STEP_S, 0.0
        else:
            if self.leg_cut_s > HOLD_S:
                self.leg_well_s = 0.0
            elif self.leg_cut_s > 0:
                self.leg_well_s = COMES_UP_AFTER_S
            self.leg_cut_s, self.leg_well_s = 0.0, self.leg_well_s + STEP_S
            if "probe" not in self.faults:
                self.out.hear(now_s)
            if not self.faults & {"probe", "back"}:
                self.back.hear(now_s - STEP_S)  # what is cut at once need not fall silent at once

    def judge(self, now_s: float, sibling: str, diagnostic: str) -> None:
        """What it makes of one moment; a dead one makes nothing."""
        if "dead" in self.faults:
            self.judgement, self.lines = None, Lines()
            return
        tunnel = "tunnel" not in self.faults
        up = {TUNNEL_NEIGHBOR: tunnel, GATEWAY_NEIGHBOR: self.established}
        self.judgement = self.side.judge(
            Observed(
                now_s=now_s,
                bfd={} if "bfdd" in self.faults else {TUNNEL_NEIGHBOR: "up" if tunnel else "down", SIBLING: sibling},
                bgp={
                    name: BgpSession(neighbor=name, state="Established" if works else "Active", received_prefixes=2)
                    for name, works in up.items()
                },
                leg_silent=self.out.is_silent(now_s) or self.back.is_silent(now_s),
                leg_well=self.out.is_well(now_s) and self.back.is_well(now_s),
                leg_ever=self.out.ever and self.back.ever,
                out_silent=self.out.is_silent(now_s),
                out_well=self.out.is_well(now_s),
                sibling_packets=self.packets if sibling == "shutdown" else None,
                draining="drained" in self.faults,
                diagnostic=lambda: diagnostic,
            )
        )
        self.lines = self.judgement.lines


class Pair:
    """Both siblings and the session between them."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.cut = False
        self.routers = (Router(), Router())
        self.up = False
        self._could_be_up_s = 0.0
        self.both_withheld_s = 0.0

    def toggle(self, which: int, fault: str) -> None:
        """A fault begins or ends."""
        if fault == "cut":
            self.cut = not self.cut
            return
        router = self.routers[which]
        router.faults ^= {fault}
        if fault == "dead" and "dead" not in router.faults:
            router.start(self.now_s)

    def mend(self) -> None:
        """Every fault ends."""
        for which, router in enumerate(self.routers):
            for fault in tuple(router.faults):
                self.toggle(which, fault)
        self.cut = False

    def live(self, seconds: float) -> None:
        """Time passes."""
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            self._session()
            for router in self.routers:
                router.live(self.now_s)
            before = tuple(router.raised for router in self.routers)
            for which, router in enumerate(self.routers):
                far_raised = before[1 - which]
                if far_raised and not self.cut:
                    router.packets += 1
                state = "shutdown" if not router.lines.sibling_up else "up" if self.up else "down"
                said_so = not far_raised and not self.cut and not self.routers[1 - which].faults & {"dead", "bfdd"}
                router.judge(self.now_s, state, SAID_UNREADY if said_so else "control detection time expired")
            self._count_withheld()

    def _session(self) -> None:
        if all(router.raised for router in self.routers) and not self.cut:
            self._could_be_up_s += STEP_S
            self.up = self.up or self._could_be_up_s >= COMES_UP_AFTER_S
        else:
            self._could_be_up_s, self.up = 0.0, False

    def _count_withheld(self) -> None:
        withheld = all(router.lines.withheld for router in self.routers)
        works = any(not router.faults & {"leg", "dead"} for router in self.routers)
        self.both_withheld_s = self.both_withheld_s + STEP_S if withheld and works else 0.0

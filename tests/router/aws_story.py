"""One AWS router's judgement, told moment by moment."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from router.agent_file import parse
from router.agent_lines import Lines
from router.aws_side import AwsSide
from router.frr import BgpSession
from router.observed import Judgement, Observed
from tests.router.bundle_files import AGENT, GATEWAY_NEIGHBOR, SIBLING, TUNNEL_NEIGHBOR

HOLD_S = 30.0
IN_SILENCE = "control detection time expired"
UP = {TUNNEL_NEIGHBOR: "up", SIBLING: "up"}
DOWN = {TUNNEL_NEIGHBOR: "up", SIBLING: "down"}
WELL = {"leg_silent": False, "leg_well": True, "leg_ever": True, "out_silent": False, "out_well": True}
SILENT = {"leg_silent": True, "leg_well": False, "out_silent": True, "out_well": False}
SETTLING = {"leg_silent": False, "leg_well": False, "out_silent": False, "out_well": False}


def sessions(*established: str) -> dict[str, BgpSession]:
    return {
        name: BgpSession(neighbor=name, state="Established" if name in established else "Active", received_prefixes=2)
        for name in (TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR)
    }


ALL = sessions(TUNNEL_NEIGHBOR, GATEWAY_NEIGHBOR)


@dataclass
class Story:
    """One router's side, told moment by moment; what is not told stays as it was."""

    side: AwsSide
    seen: Observed

    def at(self, now_s: float, **told: object) -> Judgement:
        """What it judges at that moment."""
        self.seen = replace(self.seen, now_s=now_s, **told)  # type: ignore[arg-type]
        return self.side.judge(self.seen)


def story(before: Lines | None = None, **agent: object) -> Story:
    parsed = parse(json.dumps({**AGENT, **agent}))
    assert parsed.gateway is not None
    seen = Observed(now_s=0.0, bfd=UP, bgp=ALL, diagnostic=lambda: IN_SILENCE, **WELL)  # type: ignore[arg-type]
    return Story(AwsSide(parsed, parsed.gateway, before or Lines()), seen)

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from router.agent_file import parse
from router.agent_lines import Lines
from router.frr import BgpSession
from router.observed import Judgement, Observed
from router.sakura_side import SakuraSide
from tests.router.bundle_files import SAKURA_AGENT, TUNNEL_NEIGHBOR

AGENT = parse(json.dumps(SAKURA_AGENT))
BOTH = (TUNNEL_NEIGHBOR, "10.253.0.18")


def tunnels(*prefixes: int) -> dict[str, BgpSession]:
    return {
        neighbor: BgpSession(neighbor=neighbor, state="Established", received_prefixes=count)
        for neighbor, count in zip(BOTH, prefixes, strict=False)
    }


WELL = Observed(
    now_s=0.0, bfd=dict.fromkeys(BOTH, "up"), bgp=tunnels(3, 3), leg_silent=False, leg_well=True, leg_ever=True
)
CUT = replace(WELL, leg_silent=True, leg_well=False)
SETTLING = replace(WELL, leg_well=False)


def judged(observed: Observed, before: Lines | None = None) -> Judgement:
    return SakuraSide(AGENT, before or Lines()).judge(observed)


def test_a_router_with_a_tunnel_and_the_closed_network_is_ready() -> None:
    judgement = judged(WELL)

    assert judgement.ready
    assert judgement.lines == Lines()
    assert not judgement.takeover


@pytest.mark.parametrize(
    ("observed", "why", "carries"),
    [
        (replace(WELL, bgp={}), "no tunnel brings a VPC", False),
        (replace(WELL, bgp=tunnels(1, 1)), "no tunnel brings a VPC", False),
        (replace(WELL, bfd=dict.fromkeys(BOTH, "down")), "no tunnel brings a VPC", False),
        (CUT, "neither the closed network's gateway nor the sibling is heard there", False),
        (replace(WELL, draining=True), "it is drained", True),
        (replace(WELL, dead_daemons=("zebra",)), "zebra has died", True),
    ],
    ids=["no session", "a tunnel that brings only the loopback", "BFD down", "cut", "drained", "dead daemon"],
)
def test_it_is_not_ready_and_says_why(observed: Observed, why: str, carries: bool) -> None:
    assert judged(observed).why_not_ready == (why,)
    assert judged(observed).carries is carries


def test_others_are_asked_for_another_way_before_a_dead_daemons_new_start_takes_the_routes() -> None:
    assert judged(replace(WELL, dead_daemons=("bfdd",))).lines.draining


def test_one_tunnel_that_works_is_enough() -> None:
    assert judged(replace(WELL, bgp=tunnels(1, 2))).ready
    assert judged(replace(WELL, bfd={BOTH[0]: "down", BOTH[1]: "up"})).ready


def test_a_router_cut_from_the_closed_network_withholds_its_sites_until_the_network_has_settled() -> None:
    side = SakuraSide(AGENT, Lines())

    seen = [side.judge(observed).lines.withheld for observed in (WELL, CUT, SETTLING, WELL, SETTLING)]

    assert seen == [False, True, True, False, False]


def test_a_router_that_lost_aws_withholds_nothing() -> None:
    assert not judged(replace(WELL, bgp={})).lines.withheld


def test_another_run_of_the_agent_goes_on_withholding_until_the_network_is_heard() -> None:
    assert judged(SETTLING, Lines(withheld=True)).lines.withheld
    assert not judged(WELL, Lines(withheld=True)).lines.withheld

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.agent_lines import Lines
from router.aws_side import SAID_UNREADY, SPARE_S
from router.observed import DRAINED
from tests.router.aws_story import (
    ALL,
    DOWN,
    HOLD_S,
    IN_SILENCE,
    SETTLING,
    SILENT,
    UP,
    WELL,
    Story,
    sessions,
    story,
)
from tests.router.bundle_files import GATEWAY_NEIGHBOR, SIBLING, TUNNEL_NEIGHBOR


def test_a_router_is_ready_with_a_tunnel_a_gateway_session_and_the_leg() -> None:
    judgement = story().at(0.0)

    assert judgement.ready
    assert judgement.lines == Lines(sibling_up=True)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"bgp": sessions(GATEWAY_NEIGHBOR)}, "no tunnel works"),
        ({"bfd": {TUNNEL_NEIGHBOR: "down", SIBLING: "up"}}, "no tunnel works"),
        ({"bfd": {}}, "no tunnel works"),
        ({"bgp": sessions(TUNNEL_NEIGHBOR)}, "no session to the gateway is established"),
        ({"dead_daemons": ("bgpd",)}, "bgpd has died"),
        (SILENT, "probes through the gateway do not come back"),
    ],
    ids=["no tunnel session", "tunnel BFD down", "bfdd silent", "no gateway session", "dead daemon", "leg silent"],
)
def test_it_is_unready_at_once_says_why_and_lowers_its_flag(both_ready: Story, told: dict, why: str) -> None:
    judgement = both_ready.at(0.025, **told)

    assert judgement.why_not_ready == (why,)
    assert not judgement.lines.sibling_up


def test_a_drained_router_asks_for_another_way_and_still_counts_for_its_sibling(both_ready: Story) -> None:
    judgement = both_ready.at(0.025, draining=True)

    assert judgement.why_not_ready == (DRAINED,)
    assert judgement.lines == Lines(sibling_up=True, draining=True)


def test_all_that_is_wrong_is_said() -> None:
    judgement = story().at(0.0, bgp={}, draining=True, **SILENT)

    assert len(judgement.why_not_ready) == 4


def test_a_leg_that_was_silent_counts_again_only_when_it_has_settled(both_ready: Story) -> None:
    both_ready.at(1.0, **SILENT)

    assert not both_ready.at(1.1, **SETTLING).ready
    assert both_ready.at(2.1, **WELL).ready


def test_a_late_probe_of_a_leg_that_works_changes_nothing(both_ready: Story) -> None:
    assert both_ready.at(1.0, **SETTLING).ready


def test_without_siblings_bfd_the_leg_is_not_asked_for() -> None:
    assert story(sibling_bfd=None).at(0.0, **SILENT).ready


def test_a_router_whose_daemon_has_died_leaves_the_path_until_it_runs_again(both_ready: Story) -> None:
    judgement = both_ready.at(1.0, dead_daemons=("zebra",))

    assert judgement.why_not_ready == ("zebra has died",)
    assert judgement.lines.draining
    assert both_ready.at(6.0, dead_daemons=()).lines == Lines(sibling_up=True)


# What is announced across the tunnels


def test_a_dead_leg_withholds_while_the_sibling_is_up(both_ready: Story) -> None:
    assert both_ready.at(1.0, **SILENT).lines.withheld


def test_a_dead_leg_withholds_nothing_when_the_sibling_said_that_it_is_unready(both_ready: Story) -> None:
    both_ready.at(1.0, bfd=DOWN, diagnostic=lambda: SAID_UNREADY)

    assert not both_ready.at(1.1, **SILENT).lines.withheld


@pytest.mark.parametrize(("after_s", "withheld"), [(HOLD_S - 1, True), (HOLD_S + 1, False)])
def test_a_dead_leg_withholds_within_the_hold_time_of_a_sibling_that_fell_silent(
    both_ready: Story, after_s: float, withheld: bool
) -> None:
    """A zone that takes the sibling may take this leg too; who is withheld comes back by its own leg alone."""
    both_ready.at(1.0, bfd=DOWN)

    assert both_ready.at(1.0 + after_s, **SILENT).lines.withheld == withheld


def test_a_router_that_never_met_its_sibling_withholds_nothing() -> None:
    assert not story().at(0.0, bfd=DOWN, **SILENT).lines.withheld


def test_a_leg_of_which_only_the_way_back_is_dead_withholds_nothing(both_ready: Story) -> None:
    """As where the gateway has lost its route to this router: what sites send still gets to VPCs."""
    judgement = both_ready.at(1.0, leg_silent=True, leg_well=False)

    assert not judgement.ready
    assert not judgement.lines.withheld


def test_a_way_out_that_falls_silent_after_the_way_back_withholds_all_the_same(both_ready: Story) -> None:
    both_ready.at(1.0, leg_silent=True, leg_well=False)
    both_ready.at(1.01, bfd={**UP, SIBLING: "shutdown"})

    assert both_ready.at(1.02, **SILENT).lines.withheld


def test_what_is_withheld_is_announced_again_as_soon_as_packets_get_to_the_gateway(both_ready: Story) -> None:
    both_ready.at(1.0, **SILENT)

    assert both_ready.at(1.5, out_silent=False).lines.withheld
    assert not both_ready.at(2.5, out_well=True).lines.withheld


def test_what_is_withheld_stays_so_until_the_leg_works_whatever_the_sibling_does(both_ready: Story) -> None:
    both_ready.at(1.0, **SILENT)
    both_ready.at(1.2, bfd=DOWN)

    assert both_ready.at(20.0).lines.withheld
    assert both_ready.at(20.5, **SETTLING).lines.withheld
    assert not both_ready.at(21.5, **WELL).lines.withheld


def test_a_dead_tunnel_or_session_withholds_nothing(both_ready: Story) -> None:
    assert not both_ready.at(1.0, bgp={}).lines.withheld


def test_lines_withheld_under_another_bundle_are_announced_again_without_siblings_bfd() -> None:
    assert not story(Lines(withheld=True), sibling_bfd=None).at(0.0, **SILENT).lines.withheld


# Takeover


def test_a_sibling_whose_session_we_shut_is_heard_by_its_packets(both_ready: Story) -> None:
    both_ready.at(100.0, bfd=DOWN)
    both_ready.at(110.0, dead_daemons=("zebra",), bfd={**DOWN, SIBLING: "shutdown"}, sibling_packets=5)
    assert both_ready.at(110.5).takeover

    assert not both_ready.at(111.0, sibling_packets=6).takeover


def test_packets_counted_when_the_session_was_shut_before_are_no_sign_of_a_sibling_that_is_dead_now(
    both_ready: Story,
) -> None:
    """A router that lost its last daemon while its sibling was off gave the gateway back to the dead one."""
    shut = {**DOWN, SIBLING: "shutdown"}
    both_ready.at(10.0, dead_daemons=("zebra",), bfd=shut, sibling_packets=5)
    both_ready.at(20.0, dead_daemons=(), bfd=UP, sibling_packets=None)
    both_ready.at(100.0, bfd=DOWN)

    both_ready.at(110.0, dead_daemons=("zebra",), bfd=shut, sibling_packets=900)
    assert both_ready.at(110.5).takeover
    assert both_ready.at(111.0, sibling_packets=900).takeover
    assert not both_ready.at(112.0, sibling_packets=901).takeover


# A probe that is wrong


def test_sessions_that_outlive_the_hold_time_prove_a_silent_probe_wrong_once_the_sibling_is_gone(
    both_ready: Story,
) -> None:
    both_ready.at(10.0, **SILENT)
    both_ready.at(10.1, bfd=DOWN)

    assert not both_ready.at(10.0 + HOLD_S + SPARE_S).ready
    judgement = both_ready.at(10.1 + HOLD_S + SPARE_S)
    assert judgement.ready
    assert not judgement.lines.withheld


def test_while_the_sibling_carries_the_path_a_leg_that_cannot_be_probed_is_not_trusted(both_ready: Story) -> None:
    both_ready.at(10.0, **SILENT)

    assert not both_ready.at(500.0).ready


def test_a_session_that_was_reset_meanwhile_proves_nothing(both_ready: Story) -> None:
    both_ready.at(10.0, bfd=DOWN, **SILENT)
    both_ready.at(40.0, bgp=sessions(TUNNEL_NEIGHBOR))
    both_ready.at(41.0, bgp=ALL)

    assert not both_ready.at(60.0).ready
    assert both_ready.at(41.1 + HOLD_S + SPARE_S).ready


def test_a_probe_that_never_came_back_is_proved_wrong_also_beside_a_ready_sibling() -> None:
    """Where the gateway does not send a packet back to where it came from, no probe ever works."""
    told = story()

    assert not told.at(0.0, leg_ever=False, **SILENT).ready
    assert told.at(0.1 + HOLD_S + SPARE_S).ready


# Another run of the agent


def test_another_run_of_the_agent_keeps_flag_and_takeover() -> None:
    told = story(Lines(sibling_up=True, halves=("192.168.1.0/25",)))

    judgement = told.at(1000.0, bfd=DOWN)

    assert judgement.lines.sibling_up
    assert judgement.takeover


def test_another_run_of_the_agent_takes_over_without_waiting_for_a_flag_that_was_up() -> None:
    assert story(Lines(sibling_up=True)).at(1000.0, bfd=DOWN).takeover


def test_another_run_of_the_agent_goes_on_withholding() -> None:
    assert story(Lines(withheld=True)).at(1000.0, bfd=DOWN, **SILENT).lines.withheld


# Any sequence of moments

MOMENTS = st.lists(
    st.tuples(
        st.sampled_from([0.025, 0.5, 2.0, 10.0, HOLD_S + SPARE_S]),
        st.fixed_dictionaries(
            {},
            optional={
                "bfd": st.one_of(
                    st.just({}),
                    st.fixed_dictionaries(
                        {
                            TUNNEL_NEIGHBOR: st.sampled_from(["up", "down"]),
                            SIBLING: st.sampled_from(["up", "down", "init", "shutdown"]),
                        }
                    ),
                ),
                "bgp": st.sampled_from([ALL, {}, sessions(TUNNEL_NEIGHBOR), sessions(GATEWAY_NEIGHBOR)]),
                "leg": st.sampled_from([WELL, SILENT, SETTLING]),
                "draining": st.booleans(),
                "sibling_packets": st.one_of(st.none(), st.integers(0, 50)),
                "diagnostic": st.sampled_from([lambda: SAID_UNREADY, lambda: IN_SILENCE, lambda: ""]),
            },
        ),
    ),
    max_size=40,
)


@settings(max_examples=200)
@given(MOMENTS)
def test_whatever_happens_flag_takeover_and_withholding_agree_with_readiness(moments: list) -> None:
    told, now_s, ever_worked, took_over = story(), 0.0, False, False
    for passed_s, changes in moments:
        now_s += passed_s
        leg = changes.pop("leg", {})
        judgement = told.at(now_s, **changes, **leg)
        works = set(judgement.why_not_ready) <= {DRAINED}
        ever_worked = ever_worked or works

        assert judgement.lines.sibling_up == judgement.carries == works
        assert not (judgement.lines.withheld and works)
        assert ever_worked or not judgement.takeover
        assert works or took_over or not judgement.takeover, "only a router that works starts one"
        took_over = judgement.takeover

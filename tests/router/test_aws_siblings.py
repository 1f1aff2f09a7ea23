"""Two AWS routers' sides against each other, under faults in any order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.router.aws_pair import COMES_UP_AFTER_S, FAULTS, LIMIT_S, SETTLED_S, STEP_S, Pair

STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.1, 0.4, 1.0, 3.0, 12.0, 20.0]),
        st.sampled_from([0, 1]),
        st.sampled_from([*FAULTS, "cut"]),
    ),
    max_size=10,
)


@settings(max_examples=60)
@given(STEPS)
def test_after_any_faults_both_are_ready_again_and_never_do_both_withhold_a_leg_that_works(steps: list) -> None:
    pair = Pair()
    pair.live(SETTLED_S)
    for seconds, which, fault in steps:
        pair.toggle(which, fault)
        for _ in range(round(seconds / STEP_S)):
            pair.live(STEP_S)

            assert pair.both_withheld_s <= SETTLED_S

    pair.mend()
    pair.live(COMES_UP_AFTER_S + SETTLED_S)

    for router in pair.routers:
        assert router.judgement is not None
        assert router.judgement.why_not_ready == ()
        assert not router.judgement.takeover
        assert not router.lines.withheld


def test_a_router_that_dies_is_taken_over_within_a_step_and_until_it_is_ready_again(pair: Pair) -> None:
    pair.toggle(1, "dead")
    pair.live(STEP_S)
    survivor, dead = pair.routers

    assert survivor.judgement is not None
    assert survivor.judgement.takeover

    pair.mend()
    while not pair.up:
        assert survivor.judgement.takeover
        pair.live(STEP_S)
    assert dead.judgement is not None
    assert dead.judgement.ready
    assert not survivor.judgement.takeover


def test_who_had_no_tunnel_when_its_leg_died_announces_nothing_once_it_has_one_beside_a_ready_sibling(
    pair: Pair,
) -> None:
    pair.toggle(0, "tunnel")
    pair.live(5.0)
    pair.toggle(0, "leg")
    pair.live(3.0)

    pair.toggle(0, "tunnel")
    pair.live(STEP_S)

    assert pair.routers[0].established, "the gateway's session lives"
    assert pair.routers[0].lines.withheld


def test_who_was_left_alone_with_a_dead_leg_leaves_the_path_to_a_sibling_that_comes_back(pair: Pair) -> None:
    pair.toggle(1, "tunnel")
    pair.live(1.0)
    pair.toggle(0, "leg")
    pair.live(1.0)
    assert not pair.routers[0].lines.withheld, "nobody else carries anything"

    pair.toggle(1, "tunnel")
    pair.live(1.0)
    assert pair.routers[0].lines.withheld


def test_a_drained_router_takes_over_for_a_sibling_that_dies(pair: Pair) -> None:
    pair.toggle(0, "drained")
    pair.live(SETTLED_S)
    drained, sibling = pair.routers

    assert pair.up
    assert sibling.judgement is not None
    assert not sibling.judgement.takeover

    pair.toggle(1, "dead")
    for _ in range(round(SETTLED_S / STEP_S)):
        pair.live(STEP_S)

        assert drained.judgement is not None
        assert drained.judgement.takeover


def test_no_router_takes_over_from_a_sibling_that_still_announces_halves(pair: Pair) -> None:
    """The gateway would hold both's for the hold time, and half of its traffic would go to the dead one."""
    pair.toggle(1, "dead")
    pair.live(SETTLED_S)
    pair.toggle(1, "dead")
    while not pair.up:
        pair.live(STEP_S)
    first, second = pair.routers
    had_halves = first.judgement is not None and first.judgement.takeover
    pair.toggle(0, "dead")
    pair.live(STEP_S)

    assert second.judgement is not None
    assert (had_halves, second.judgement.takeover) == (False, True)


def test_a_leg_that_dies_is_left_to_the_sibling_both_ways(pair: Pair) -> None:
    pair.toggle(0, "leg")
    pair.live(LIMIT_S + 3 * STEP_S)
    cut, sibling = pair.routers

    assert cut.lines.withheld
    assert sibling.judgement is not None
    assert sibling.judgement.takeover


def test_probes_that_fail_on_both_sides_at_once_do_not_make_them_give_way_to_each_other_for_ever(pair: Pair) -> None:
    """As where the gateway stops sending probes back: the legs work, and only sessions show it."""
    pair.toggle(0, "probe")
    pair.toggle(1, "probe")
    pair.live(SETTLED_S + COMES_UP_AFTER_S)
    for _ in range(round(SETTLED_S / STEP_S)):
        pair.live(STEP_S)

        assert pair.both_withheld_s == 0.0
        assert all(router.judgement and router.judgement.ready for router in pair.routers)


def test_a_router_whose_probe_fails_gives_way_again_to_a_sibling_that_came_back(pair: Pair) -> None:
    pair.toggle(0, "probe")
    pair.live(STEP_S)
    pair.toggle(1, "dead")
    pair.live(SETTLED_S)
    alone = pair.routers[0].judgement
    pair.toggle(1, "dead")
    pair.live(SETTLED_S)
    beside = pair.routers[0].judgement

    assert alone is not None
    assert beside is not None
    assert (alone.ready, beside.ready) == (True, False)

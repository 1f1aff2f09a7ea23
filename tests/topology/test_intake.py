"""Claim: whatever a stack file holds, it is either read or refused in the operator's words; nothing else comes out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.topology import stacks
from topology import PlanError, make_plan, parse

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.sampled_from(("10.0.0.0/8", "192.168.1.0/24", "172.16.0.1", "REPLACE_ME", "a", "sakura-a", "169.254.6.0/29")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "a", "cidr")), inner, max_size=3)
    ),
    max_leaves=5,
)

Place = tuple[str | int, ...]


def places(value: object, at: Place = ()) -> Iterator[Place]:
    """Every place of a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*at, key)
        yield from places(item, (*at, key))


PLACES = list(places(stacks.base()))


@given(st.dictionaries(st.sampled_from(PLACES), anything, max_size=4))
@example({("flets-to-vpc:path", "vpcs", 1, "existing"): {}})
def test_any_document_is_planned_or_refused(changes: dict[Place, object]) -> None:
    config = stacks.base()
    for (*above, last), value in sorted(changes.items(), key=lambda change: (-len(change[0]), str(change[0]))):
        target: Any = config
        for part in above:
            target = target[part]
        target[last] = value
    with suppress(PlanError):
        make_plan(stacks.intent(config))


@given(anything)
def test_any_path_is_planned_or_refused(path: object) -> None:
    with pytest.raises(PlanError):
        parse(path, "ap-northeast-1", "tk1a")


def test_reading_changes_nothing_of_what_was_given() -> None:
    config = stacks.merged(stacks.base(), {"flets-to-vpc:path": {"weather": "REPLACE_ME", "overlay_cidr": "?"}})
    before = deepcopy(config)
    with pytest.raises(PlanError):
        stacks.intent(config)
    assert config == before


def test_region_and_zone_are_asked_for() -> None:
    with pytest.raises(PlanError) as refusal:
        parse(stacks.base_path(), None, None)
    assert [problem.place for problem in refusal.value.problems] == ["aws:region", "sakuracloud:zone"]


def test_a_broken_prefix_does_not_hide_what_is_wrong_beside_it() -> None:
    path = stacks.base_path()
    path["sites"][0] = {"id": 2, "name": "store-001", "prefixes": ["192.168.1.0/33", "192.168.2.0/25"]}
    with pytest.raises(PlanError) as refusal:
        parse(path, "ap-northeast-1", "tk1a")
    assert [problem.place for problem in refusal.value.problems] == [
        "sites[store-001].prefixes[0]",
        "sites[plant-01].id",
        "sites[plant-01].prefixes[0]",
    ]


def test_a_key_may_be_left_out_where_it_has_a_default() -> None:
    path = stacks.base_path()
    for key in ("timers", "takeover", "protect", "key_generation", "rebuild"):
        del path[key]
    del path["aws"]["gateway"]["route_quota"], path["aws"]["account_id"], path["sakura"]["plan"]
    plan = make_plan(parse(path, "ap-northeast-1", "tk1a"))
    assert (plan.timers.bfd_ms, plan.timers.bfd_multiplier, plan.timers.gateway_hold_s) == (100, 3, 30)
    assert (plan.takeover, plan.protect, plan.account_id) == (True, True, None)
    assert {router.key_generations for router in plan.routers.values()} == {(1,)}
    assert {place.disk for place in plan.sakura_places.values()} == {f"{plan.images.sakura_archive}/1"}
    assert (plan.gateway.route_quota, plan.sakura_server.core, plan.sakura_server.memory_gib) == (1000, 1, 2)


def test_part_of_a_mapping_with_defaults_may_be_left_out() -> None:
    path = stacks.base_path()
    path |= {"timers": {"tgw_hold_s": 9}, "key_generation": {"aws-b": [7]}, "rebuild": {"sakura-b": 2}}
    plan = make_plan(parse(path, "ap-northeast-1", "tk1a"))
    assert (plan.timers.bfd_ms, plan.timers.gateway_hold_s) == (100, 9)
    assert [router.key_generations for router in plan.routers.values()] == [(1,), (1,), (1,), (7,)]
    assert [place.disk for place in plan.sakura_places.values()] == ["113000000002/1", "113000000002/2"]

"""What chaos does is drawn by its seed alone, ends mended, and knows when a path is left."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.drills.faults.chaos import AT_ONCE, ELEMENTS, FAULTS_OF_A_RUN, has_path, sequence
from lab.drills.faults.fault import ROUTERS

seeds = st.text(min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("taken", "is_left"),
    [
        ([], True),
        (["aws-a"], True),
        (["aws-a", "aws-b"], False),
        (["sakura-a", "aws-b"], True),
        (["sakura-a", "aws-b", "tunnel:sakura-b/aws-a"], False),
        (["closed:sakura-a", "closed:sakura-b"], False),
        (["gre:aws-a", "aws-b"], False),
        (["tunnel:sakura-a/aws-a", "tunnel:sakura-b/aws-b"], True),
    ],
)
def test_a_path_is_left_where_one_of_each_kind_is_whole_and_joined(taken, is_left):
    assert has_path(taken) is is_left


@settings(max_examples=50)
@given(seeds)
def test_the_same_seed_does_the_same(seed):
    assert sequence(seed) == sequence(seed)


@settings(max_examples=50)
@given(seeds)
def test_at_the_end_everything_is_mended_and_nothing_was_mended_twice(seed):
    lasting = set()
    for step in sequence(seed):
        if step.is_mending:
            lasting.remove(step.element.name)
        else:
            assert step.element.name not in lasting
            lasting.add(step.element.name)

    assert not lasting


@settings(max_examples=50)
@given(seeds)
def test_a_few_faults_last_at_once_and_no_machine_has_two(seed):
    lasting = []
    for step in sequence(seed):
        (lasting.remove if step.is_mending else lasting.append)(step.element)
        machines = [element.machine for element in lasting if element.machine]
        assert len(lasting) <= AT_ONCE
        assert len(machines) == len(set(machines))


@settings(max_examples=200)
@given(seeds)
def test_what_is_planned_begins_while_nothing_is_broken_and_keeps_what_its_router_needs(seed):
    lasting = []
    for step in sequence(seed):
        (lasting.remove if step.is_mending else lasting.append)(step.element)
        for planned in (element for element in lasting if element.is_planned):
            others = [element for element in lasting if element is not planned]
            assert lasting[0] is planned
            assert not any(planned.machine in taken for element in others for taken in element.takes)


@settings(max_examples=50)
@given(seeds)
def test_every_step_knows_what_is_broken_after_it(seed):
    lasting = []
    for step in sequence(seed):
        (lasting.remove if step.is_mending else lasting.append)(step.element)
        assert step.taken == frozenset().union(*(element.takes for element in lasting))


@settings(max_examples=50)
@given(seeds)
def test_a_run_breaks_as_much_as_it_should(seed):
    assert sum(1 for step in sequence(seed) if not step.is_mending) == FAULTS_OF_A_RUN


def test_some_sequences_overlap_and_some_leave_no_path():
    runs = [sequence(str(seed)) for seed in range(40)]

    assert any(len(step.taken) > 1 for steps in runs for step in steps)
    assert any(not step.has_path for steps in runs for step in steps)


def test_every_router_and_link_can_be_broken():
    taken = frozenset().union(*(element.takes for element in ELEMENTS))

    assert taken >= set(ROUTERS)
    assert len([one for one in taken if ":" in one]) == 4 + 2 + 2

"""What a change of the stack file does to the clouds: every table of steps is a golden file, with full URNs.

Read a changed golden as a reviewer would read a preview: a line that nobody asked for is a fault of the program.
The lab's engine is what is asked here; what a change does to a running path is in tests/lab/test_lab_changes.py.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.lab.engine.changes import (
    a_site_added,
    a_site_removed,
    a_site_renamed,
    a_site_with_bgp_added,
    a_vpc_added,
    a_vpc_removed,
    a_vpc_renamed,
    an_existing_vpc_added,
    another_ami,
    every_list_reordered,
    one_sakura_router_rebuilt,
)
from tests.lab.engine.lab_stack import PREFIX, Change, Stack

GOLDEN = Path(__file__).parent / "golden"

CHANGES: tuple[Change, ...] = (
    a_site_added,
    a_site_with_bgp_added,
    a_site_removed,
    a_vpc_added,
    a_vpc_removed,
    an_existing_vpc_added,
    another_ami,
    one_sakura_router_rebuilt,
    a_site_renamed,
    a_vpc_renamed,
)
BUNDLE_TYPES = {
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:ssm/parameter:Parameter",
    "aws:ssm/association:Association",
}


def _changed(stack: Stack) -> dict[str, str]:
    return {urn: action for urn, action in stack.actions().items() if action != "same"}


def _kinds(stack: Stack) -> Counter[tuple[str, str]]:
    return Counter((action, re.split(r"[$]|::", urn)[-2]) for urn, action in _changed(stack).items())


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_does_exactly_what_its_table_says(deployed: Stack, change: Change) -> None:
    # Resources that do not wait for each other come in any order.
    *lines, counts = deployed.done("up", change).splitlines(keepends=True)
    table = "".join([*sorted(lines), counts])
    golden = GOLDEN / f"{change.__name__}.txt"
    if os.environ.get("GOLDEN"):
        golden.write_text(table, encoding="utf-8")

    assert table == golden.read_text(encoding="utf-8")
    assert deployed.made() == deployed.known()
    if change in (a_site_added, a_site_with_bgp_added, a_site_removed):
        assert {kind for _, kind in _kinds(deployed)} == BUNDLE_TYPES, "a site is no cloud resource"
    if change is another_ami:
        wanted = ("aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group")
        assert _kinds(deployed) == {("updated", kind): 2 for kind in wanted}
    if change is one_sakura_router_rebuilt:
        assert sorted(_changed(deployed).values()) == ["replaced", "replaced", "updated", "updated"]
        assert all(urn.endswith("sakura-a") for urn in _changed(deployed))
    if change in (a_site_renamed, a_vpc_renamed):
        assert set(_changed(deployed).values()) == {"updated"}, "a name is a label, an id is an identity"


@pytest.mark.parametrize("change", [None, every_list_reordered], ids=["nothing_changed", "every_list_reordered"])
def test_nothing_is_done_where_nothing_but_the_order_changed(deployed: Stack, change: Change | None) -> None:
    before = deployed.resources()

    assert re.fullmatch(r"0 created, 0 updated, 0 replaced, 0 deleted, \d+ same\n", deployed.done("up", change))
    assert deployed.resources() == before


def test_a_change_and_its_opposite_leave_the_stack_as_it_was(deployed: Stack) -> None:
    made = deployed.made()
    deployed.done("up", a_vpc_added)
    deployed.done("up")

    assert deployed.made() == made
    assert Counter(_changed(deployed).values()) == {"updated": 12, "deleted": 18}


def test_destroy_leaves_what_the_owner_had_and_nothing_else(deployed: Stack) -> None:
    owned = deployed.owners()
    made = deployed.made()
    deployed.done("destroy")

    assert deployed.owners() == owned
    assert (deployed.made(), deployed.known()) == (set(), set())
    assert set(deployed.actions().values()) == {"deleted"}
    assert {urn.removeprefix(PREFIX) for urn in made} <= set(deployed.actions())

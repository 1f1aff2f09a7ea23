"""Drills on a lab of their own: a fault costs something, traffic finds its way, and afterwards all is as before.

How long anything takes is measured by `make drills`, never here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lab.drills.rows import row
from lab.supervisor import control
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import RunningLab, lab_of_stack_lab

pytestmark = pytest.mark.lab

WITHIN_S = 900.0
"""A loaded machine is slow."""


@pytest.fixture(scope="module")
def drilled() -> Iterator[RunningLab]:
    with lab_of_stack_lab("pytest-drills") as running:
        yield running


def drill(drilled: RunningLab, name: str, *, number: int = 0, is_bgp: bool = True) -> dict[str, Any]:
    question = {
        "row": name,
        "number": number,
        "is_bgp": is_bgp,
        "gateway_reaction_s": 0,
        "of_sizes": False,
        "seed": "1",
    }
    return control.ask(LabFolder(drilled.name), "drill", timeout_s=WITHIN_S, **question)


@pytest.mark.parametrize(("name", "is_bgp"), [("sakura-router-off", True), ("aws-router-off", False)])
def test_traffic_finds_its_way_around_a_fault_and_all_is_as_before_once_it_is_mended(drilled, name, is_bgp):
    before = moves(drilled)

    run = drill(drilled, name, is_bgp=is_bgp)

    assert run["instance"] == row(name).instances[0].instance
    assert run["site"] == ("site:plant-01" if is_bgp else "site:store-001")
    assert run["forward"]["lost"] + run["backward"]["lost"] > 0, (
        "the fault was inflicted while probes were on their way"
    )
    assert all(run[way]["lost"] < run[way]["sent"] for way in ("forward", "backward"))
    assert run["not_as_before"] == [], "sessions, routes, locks and takeovers"
    assert run["forward"]["duplicates"] + run["backward"]["duplicates"] == 0
    assert run["looped"] == 0
    assert run["stamps"]["detected_by"], "a router said that its neighbour was gone"
    is_aws = name == "aws-router-off"
    assert not is_aws or "gateway" in run["stamps"]["tables_ms"], "the gateway followed the takeover"
    assert moves(drilled)[len(before) :] == (["takeover", "end of takeover"] if is_aws else [])


def test_a_tunnel_that_is_cut_and_a_router_that_is_drained_are_passed_by_and_come_back(drilled):
    before = moves(drilled)

    cut, drained = drill(drilled, "tunnel-cut"), drill(drilled, "drain", is_bgp=False)

    assert cut["forward"]["lost"] + cut["backward"]["lost"] > 0, (
        "the fault was inflicted while probes were on their way"
    )
    assert cut["stamps"]["detected_by"]
    assert [drained[way]["lost"] for way in ("forward", "backward")] == [0, 0]
    for run in (cut, drained):
        assert run["not_as_before"] == [], "sessions, routes, locks and takeovers"
        assert run["forward"]["duplicates"] + run["backward"]["duplicates"] + run["looped"] == 0
    assert moves(drilled) == before, "nobody took over"


def moves(drilled: RunningLab) -> list[str]:
    """What the agent of aws-b, whose sibling is powered off, has said of takeovers since it booted, in this order."""
    said = drilled.on("aws-b", "journalctl --unit=flets-to-vpc-watch --output=cat --no-pager").splitlines()
    return [name for line in said if (name := line.partition(":")[0]) in ("takeover", "end of takeover")]

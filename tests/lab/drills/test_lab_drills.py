"""Drills on the running lab: a fault costs something, traffic finds its way, and afterwards all is as before.

How long anything takes is measured by `make drills`, never here.
"""

from __future__ import annotations

from typing import Any

import pytest

from lab.drills.rows import row
from lab.supervisor import control
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import RunningLab

pytestmark = pytest.mark.lab

WITHIN_S = 900.0
"""A loaded machine is slow."""


def drill(running: RunningLab, name: str, *, number: int = 0, is_bgp: bool = True) -> dict[str, Any]:
    question = {
        "row": name,
        "number": number,
        "is_bgp": is_bgp,
        "gateway_reaction_s": 0,
        "of_sizes": False,
        "seed": "1",
    }
    return control.ask(LabFolder(running.name), "drill", timeout_s=WITHIN_S, **question)


@pytest.mark.parametrize(("name", "is_bgp"), [("sakura-router-off", True), ("tunnel-cut", False)])
def test_traffic_finds_its_way_around_a_fault_and_all_is_as_before_once_it_is_mended(running, name, is_bgp):
    run = drill(running, name, is_bgp=is_bgp)

    assert run["instance"] == row(name).instances[0].instance
    assert run["site"] == ("site:plant-01" if is_bgp else "site:store-001")
    assert run["forward"]["lost"] + run["backward"]["lost"] > 0, (
        "the fault was inflicted while probes were on their way"
    )
    assert all(run[way]["lost"] < run[way]["sent"] for way in ("forward", "backward"))
    assert run["not_as_before"] == []
    assert run["forward"]["duplicates"] + run["backward"]["duplicates"] == 0
    assert run["looped"] == 0

"""A router of which nothing is known: whether its machine is gone, or is there and does not answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lab.proof.redundancy import Redundancy


def test_a_machine_that_is_gone_does_not_run_and_one_that_is_there_does_not_answer() -> None:
    routers: dict[str, Any] = {"aws-a": {}, "aws-b": {}}
    scene: Any = SimpleNamespace(routers=routers, booted={"aws-b": None}, resource=lambda hop: hop)
    no_state: Any = None

    found = [(one.hop, one.rule) for one in Redundancy(scene, {}, no_state).routers()]

    assert found == [("aws-a", "aws-a: does not run"), ("aws-b", "aws-b: does not answer")]

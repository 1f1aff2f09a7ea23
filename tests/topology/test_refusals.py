"""Claim: what cannot be built is refused before any resource exists, with every problem in one message.

Each `refusals/<case>.yaml` is merged over `base.yaml`; `<case>.txt` is the whole message.
`GOLDEN=1` rewrites the messages (`make golden`); then a person reads the difference.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.topology import stacks
from topology import PlanError, make_plan, rules
from topology.findings import Finding
from topology.model import Intent

REFUSALS = stacks.HERE / "refusals"
CASES = sorted(REFUSALS.glob("*.yaml"))


def refusal_of(case: Path) -> PlanError:
    """How a case's stack is refused."""
    with pytest.raises(PlanError) as refusal:
        make_plan(stacks.intent(stacks.merged(stacks.base(), stacks.read(case))))
    return refusal.value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_message_is_the_golden_one(case: Path) -> None:
    message = f"{refusal_of(case)}\n"
    golden = case.with_suffix(".txt")
    if os.environ.get("GOLDEN"):
        golden.write_text(message, encoding="utf-8")
    assert message == golden.read_text(encoding="utf-8")


def test_every_message_has_a_case_and_every_case_a_message() -> None:
    assert {case.stem for case in CASES} == {golden.stem for golden in REFUSALS.glob("*.txt")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_each_problem_says_value_rule_place_and_way_out_on_one_line(case: Path) -> None:
    refusal = refusal_of(case)
    assert refusal.problems
    for problem in refusal.problems:
        assert all((problem.value, problem.rule, problem.place, problem.way_out))
        assert "unread" not in str(problem), "a stand-in shows"
        assert "240.0.0." not in str(problem), "a stand-in shows"
    assert str(refusal).count("\n") == len(refusal.problems) - 1


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: f"{rule.__module__}.{rule.__name__}")
def test_every_rule_has_a_case_that_needs_it(rule: rules.Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(_: Intent) -> Iterator[Finding]:
        return iter(())

    before = {case: case.with_suffix(".txt").read_text(encoding="utf-8") for case in CASES}
    monkeypatch.setattr(rules, "RULES", tuple(silent if one is rule else one for one in rules.RULES))
    after = {}
    for case in CASES:
        try:
            make_plan(stacks.intent(stacks.merged(stacks.base(), stacks.read(case))))
        except PlanError as refusal:
            after[case] = f"{refusal}\n"
        except (IndexError, ValueError, KeyError):  # what building something impossible comes to
            after[case] = ""
    assert after != before


STATED_NETWORKS: dict[str, dict[str, Any]] = {
    "overlay_cidr": {"overlay_cidr": "10.96.0.0/24"},
    "closed_network.cidr": {
        "closed_network": {
            "cidr": "10.96.0.0/24",
            "gateway": "10.96.0.4",
            "virtual_ip": "10.96.0.1",
            "routers": {"sakura-a": "10.96.0.2", "sakura-b": "10.96.0.3"},
        }
    },
    "aws.router_vpc_cidr": {"aws": {"router_vpc_cidr": "10.96.0.0/24"}},
    "aws.gateway.cidr": {"aws": {"gateway": {"cidr": "10.96.0.0/24"}}},
    "vpcs[app].cidr": {"vpcs": [{"id": 1, "name": "app", "cidr": "10.96.0.0/24", "zones": ["a", "c"]}]},
    "sites[store-001].prefixes[0]": {"sites": [{"id": 1, "name": "store-001", "prefixes": ["10.96.0.0/24"]}]},
}
"""Every place that states a network, with the same one in each."""


@pytest.mark.parametrize(("one", "other"), [*combinations(STATED_NETWORKS, 2)])
def test_any_two_stated_networks_that_meet_are_refused(one: str, other: str) -> None:
    path: dict[str, Any] = {
        "sites": [{"id": 1, "name": "store-001", "prefixes": ["192.168.1.0/24"]}],
        "vpcs": [{"id": 1, "name": "app", "cidr": "10.20.0.0/20", "zones": ["a", "c"]}],
    }
    for change in (STATED_NETWORKS[one], STATED_NETWORKS[other]):
        path = stacks.merged(path, change)
    with pytest.raises(PlanError) as refusal:
        make_plan(stacks.intent(stacks.merged(stacks.base(), {"flets-to-vpc:path": path})))

    assert [problem.place for problem in refusal.value.problems] == [other]
    assert f"overlaps 10.96.0.0/24 of {one}" in str(refusal.value)


def test_the_base_stack_is_not_refused() -> None:
    make_plan(stacks.intent(stacks.base()))

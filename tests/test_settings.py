"""Claim: a stack says the same whether Pulumi or a stack file is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import settings
from topology import PlanError, make_plan

ROOT = Path(__file__).parent.parent
LAB = ROOT / "Pulumi.lab.yaml"


@pytest.fixture
def configured() -> Iterator[dict[str, str]]:
    """What Pulumi hands a program: every value is text, mappings are JSON."""
    config: dict[str, Any] = yaml.safe_load(LAB.read_text(encoding="utf-8"))["config"]
    handed = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    yield handed
    pulumi.runtime.set_all_config({})


def test_pulumi_and_the_stack_file_say_the_same(configured: dict[str, str]) -> None:
    pulumi.runtime.set_all_config(configured)
    assert settings.load() == settings.load_file(LAB)


def test_the_lab_stack_can_be_planned_and_has_nothing_to_note() -> None:
    plan = make_plan(settings.load_file(LAB))
    assert plan.notes == ()
    assert len(plan.sites) >= 3
    assert len(plan.vpcs) >= 2
    assert any(site.bgp for site in plan.sites)


def test_an_unconfigured_stack_is_refused_by_key() -> None:
    pulumi.runtime.set_all_config({})
    with pytest.raises(PlanError, match=r"^flets-to-vpc:path: nothing is stated; "):
        settings.load()


@pytest.mark.parametrize("path", ["", "a text", "[1]", "7"])
def test_a_path_that_is_no_mapping_is_refused(configured: dict[str, str], path: str) -> None:
    pulumi.runtime.set_all_config(configured | {"flets-to-vpc:path": path})
    with pytest.raises(PlanError, match=r"^flets-to-vpc:path: .* is no mapping; "):
        settings.load()


@pytest.mark.parametrize("content", ["", "config: [1]\n", "config:\n", "- 1\n"])
def test_a_stack_file_without_config_is_refused(tmp_path: Path, content: str) -> None:
    stack_file = tmp_path / "Pulumi.empty.yaml"
    stack_file.write_text(content, encoding="utf-8")
    with pytest.raises(PlanError, match="flets-to-vpc:path: nothing is stated"):
        settings.load_file(stack_file)


def test_the_project_has_the_name_that_its_keys_begin_with() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert project["name"] == settings.PROJECT

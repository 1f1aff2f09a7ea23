"""Reads the stack's configuration, from Pulumi or from a stack file: the one place that knows `pulumi.Config`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pulumi
import yaml

from topology import Plan, PlanError, make_plan, parse
from topology.model import Intent

PROJECT: Final = "flets-to-vpc"
"""The project's name in Pulumi.yaml, the namespace of its keys in a stack file."""


def plan() -> Plan:
    """The plan of the stack that Pulumi is running; logs what its operator should know.

    Raises pulumi.RunError with every problem, one a line: a traceback would bury them.
    """
    try:
        planned = make_plan(load())
    except PlanError as refusal:
        raise pulumi.RunError(str(refusal)) from None
    for note in planned.notes:
        pulumi.log.warn(note)
    return planned


def load() -> Intent:
    """What the operator states for the stack that Pulumi is running. Raises topology.PlanError with every problem."""
    return parse(
        _unpacked(pulumi.Config(PROJECT).get("path")),
        region=pulumi.Config("aws").get("region"),
        sakura_zone=pulumi.Config("sakuracloud").get("zone"),
    )


def load_file(stack_file: Path) -> Intent:
    """The same from a stack file, without Pulumi. Raises OSError, yaml.YAMLError, and topology.PlanError."""
    document = yaml.safe_load(stack_file.read_text(encoding="utf-8"))
    config = document.get("config") if isinstance(document, Mapping) else None
    return from_config(config if isinstance(config, Mapping) else {})


def from_config(config: Mapping[str, object]) -> Intent:
    """The same from the `config` mapping of a stack file. Raises topology.PlanError with every problem."""
    return parse(
        config.get(f"{PROJECT}:path"),
        region=config.get("aws:region"),
        sakura_zone=config.get("sakuracloud:zone"),
    )


def _unpacked(value: str | None) -> object:
    """A configured mapping, which Pulumi hands over as JSON; a plain text stays what it is and is refused later."""
    if value is None:
        return None
    try:
        unpacked: object = json.loads(value)
    except ValueError:
        return value
    return unpacked

"""What each engine remembers of a deployment, in one form: by URN, with secrets as marks and random values masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lab.engine.cli import SPECIAL, exported
from lab.engine.deployment import Deployment
from lab.engine.events import is_engines_own
from lab.engine.project import Project

Records = dict[str, dict[str, Any]]
_CLIS_OWN = ("version", "__internal")
_ADDRESSES = {"aws:ec2/eip:Eip": "publicIp", "sakuracloud:index/server:Server": "ipAddress"}
"""Given in the order of creation, which is the CLI's own choice."""


def of_cli(deployment: Deployment) -> Records:
    """From the Pulumi CLI's exported state, whose secrets are encrypted."""
    resources = exported(Project(deployment))["deployment"].get("resources", [])
    return _named({each["urn"]: _cli_record(each) for each in resources if not is_engines_own(each["urn"])})


def of_sdk(deployment: Deployment) -> Records:
    """From our engine's state."""
    return _named({each["urn"]: _sdk_record(each) for each in json.loads(deployment.state.read_text())["resources"]})


def leaves(records: Records) -> dict[tuple[str, str], Any]:
    """Every value by URN and place."""
    return {(urn, place): value for urn, record in records.items() for place, value in _leaves("", record)}


def _named(records: Records) -> Records:
    """The records with each public address replaced by the URN of what has it."""
    places = ((urn, record["outputs"].get(_ADDRESSES.get(record["type"], ""))) for urn, record in records.items())
    owners = {address: urn for urn, address in places if address}

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items()}
        if isinstance(value, list):
            return [named(item) for item in value]
        return owners.get(value, value) if isinstance(value, str) else value

    return {urn: named(record) for urn, record in records.items()}


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(f"{place}.{key}", item)
    else:
        yield place, value


def _cli_record(each: dict[str, Any]) -> dict[str, Any]:
    is_provider = each["type"].startswith("pulumi:providers:")
    parent = each.get("parent", "")
    return {
        "type": each["type"],
        "id": "" if is_provider else each.get("id", ""),
        "parent": "" if is_engines_own(parent or "::::pulumi:pulumi:Stack::") else parent,
        "dependencies": sorted(set(each.get("dependencies", []))),
        "provider": _provider(each.get("provider", "")),
        "protect": each.get("protect", False),
        # The CLI adds a provider's version, and what it keeps for itself.
        "inputs": _marked({k: v for k, v in each.get("inputs", {}).items() if not (is_provider and k in _CLIS_OWN)}),
        "outputs": _marked({} if is_provider else each.get("outputs", {})),
    }


def _sdk_record(each: dict[str, Any]) -> dict[str, Any]:
    is_provider = each["type"].startswith("pulumi:providers:")
    return {
        "type": each["type"],
        "id": "" if is_provider else each["id"],
        "parent": "" if not each["parent"] or is_engines_own(each["parent"]) else each["parent"],
        "dependencies": sorted(each["dependencies"]),
        "provider": "" if is_provider else _provider(each["provider"]),
        "protect": each["protect"],
        "inputs": _marked(each["inputs"]),
        "outputs": _marked({} if is_provider else each["outputs"]),
    }


def _provider(reference: str) -> str:
    """The URN of an explicit provider, the package of a default one."""
    urn = reference.rpartition("::")[0]
    if not urn:
        return reference
    return urn.split("::")[2].rpartition(":")[2] if is_engines_own(urn) else urn


def _marked(value: Any) -> Any:
    """The value with `secret` in place of every secret."""
    if isinstance(value, dict):
        is_secret = SPECIAL in value or set(value) == {"secret"}
        return "secret" if is_secret else {key: _marked(item) for key, item in value.items() if item is not None}
    return [_marked(item) for item in value] if isinstance(value, list) else value

"""Stack configurations for the tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from topology import parse
from topology.model import Intent

HERE = Path(__file__).parent


def base() -> dict[str, Any]:
    """A stack that is built as it stands."""
    config: dict[str, Any] = read(HERE / "base.yaml")
    return config


def base_path() -> dict[str, Any]:
    """What the base stack states of the path."""
    path: dict[str, Any] = base()["flets-to-vpc:path"]
    return path


def intent(config: Mapping[str, object]) -> Intent:
    """What a stack states. Raises PlanError."""
    return parse(config.get("flets-to-vpc:path"), config.get("aws:region"), config.get("sakuracloud:zone"))


def read(file: Path) -> dict[str, Any]:
    """A YAML file."""
    return loaded(file.read_text(encoding="utf-8"))


def loaded(text: str) -> dict[str, Any]:
    """The mapping of a YAML text."""
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def merged(target: object, patch: object) -> Any:
    """RFC 7386: null takes a key out, a mapping is merged, all else replaces."""
    if not isinstance(patch, Mapping):
        return deepcopy(patch)
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result

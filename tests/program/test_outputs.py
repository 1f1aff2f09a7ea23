"""The stack outputs are an interface that app teams build on: it changes only with its version, and is documented."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from tests.components.recorder import ROOT, deploy

GOLDEN = Path(__file__).parent / "golden/interface.json"
DOCS = ROOT / "docs/outputs.md"


def test_the_interface_changes_only_with_its_version() -> None:
    """`make golden` renews the file, but refuses to while `interface_version` is the old one."""
    outputs = deploy().exports
    now = {"interface_version": int(outputs["interface_version"]), "shape": _shape(outputs)}
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {"interface_version": 0, "shape": {}}
    if os.environ.get("GOLDEN") and now["interface_version"] > golden["interface_version"]:
        GOLDEN.write_text(json.dumps(golden := now, indent=1, sort_keys=True) + "\n")

    assert now["shape"] == golden["shape"], "the outputs changed: raise interface_version, then `make golden`"
    assert now["interface_version"] == golden["interface_version"]


def test_every_output_is_documented_and_no_other() -> None:
    outputs = deploy().exports
    documented = set(re.findall(r"^\| `(\w+)", DOCS.read_text(), re.M))

    assert documented == {*outputs, *outputs["routers"]["aws-a"]}


def test_every_value_is_there() -> None:
    """A None or an empty value would reach an app team as a route to nowhere."""
    assert _empty(deploy().exports) == []


def _shape(value: Any) -> Any:
    """Names and kinds without values; what is keyed by a stack's own names is kept as one entry `*`."""
    if isinstance(value, dict):
        shapes = {key: _shape(inner) for key, inner in value.items()}
        kinds = list(shapes.values())
        names = {"app", "shared", "aws-a", "aws-b", "sakura-a", "sakura-b"}
        return {"*": kinds[0]} if set(shapes) <= names and all(kind == kinds[0] for kind in kinds) else shapes
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return "number" if isinstance(value, int | float) else type(value).__name__


def _empty(value: Any, place: str = "outputs") -> list[str]:
    """Places of values that say nothing."""
    if isinstance(value, dict) and value:
        return [found for key, inner in value.items() for found in _empty(inner, f"{place}.{key}")]
    if isinstance(value, list) and value:
        return [found for inner in value for found in _empty(inner, place)]
    return [place] if value is None or value == "" or value == [] or value == {} else []

"""What differs between two sets of inputs, as the provider protocol words it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi.provider.experimental import provider as protocol

from lab.clouds.kind import Kind


def differs(kind: Kind, key: str, old: Any, new: Any) -> bool:
    """Whether an input changed; a list whose order means nothing did not when only its order did."""
    if key in kind.inputs and kind.inputs[key].unordered and isinstance(old, list) and isinstance(new, list):
        return sorted(map(_canonical, old)) != sorted(map(_canonical, new))
    return bool(old != new)


def _canonical(value: Any) -> str:
    """The same text for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, default=repr)


def nature(key: str, old: Mapping[str, Any], new: Mapping[str, Any], replaces: list[str]) -> Any:
    """Added, deleted or updated, and whether that replaces the resource."""
    kinds = protocol.PropertyDiffKind
    if key in replaces:
        return kinds.ADD_REPLACE if key not in old else kinds.DELETE_REPLACE if key not in new else kinds.UPDATE_REPLACE
    return kinds.ADD if key not in old else kinds.DELETE if key not in new else kinds.UPDATE

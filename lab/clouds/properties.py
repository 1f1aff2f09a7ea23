"""Turns the provider protocol's property values into plain data and back, keeping apart what is secret or unknown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pulumi.provider.experimental.property_value import Computed, PropertyValue

from lab.clouds.unknown import UNKNOWN, Unknown

UNKNOWN_ON_THE_WIRE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""An unknown value during a preview: `PropertyValue.computed()` cannot be marshalled, this string can."""

PropertyMap = Mapping[str, PropertyValue]


def plain(value: PropertyValue) -> Any:
    """The value as JSON-like data, secrets in clear, nulls in maps left out, `UNKNOWN` where nothing is known.

    Raises ValueError for assets: the provider protocol loses their text, which breaks diff and destroy.
    """
    inner = value.value
    if isinstance(inner, Computed) or inner == UNKNOWN_ON_THE_WIRE:
        return UNKNOWN
    if inner is None or isinstance(inner, bool | str):
        return inner
    if isinstance(inner, float):
        return int(inner) if inner.is_integer() else inner
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(item) for item in inner]
    if isinstance(inner, Mapping):
        return {key: plain(item) for key, item in inner.items() if item.value is not None}
    raise ValueError(f"a {type(inner).__name__} cannot pass the provider protocol unharmed; give text or base64")


def plain_map(values: PropertyMap) -> dict[str, Any]:
    """`plain` for a resource's properties."""
    return {key: plain(value) for key, value in values.items() if value.value is not None}


def wrapped(value: Any) -> PropertyValue:
    """JSON-like data as a property value that is not secret."""
    if isinstance(value, Unknown):
        return PropertyValue(UNKNOWN_ON_THE_WIRE)
    if isinstance(value, Mapping):
        return PropertyValue({key: wrapped(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([wrapped(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


def concealed(value: PropertyValue, place: str, hide: Callable[[str, str], str]) -> Any:
    """The value as JSON, each secret replaced by `{"secret": name}`; `hide` keeps a value and returns its name."""
    if value.is_secret:
        inner = plain(value)
        return {"secret": hide(inner if isinstance(inner, str) else json.dumps(inner), place)}
    inner = value.value
    if isinstance(inner, Mapping):
        return {key: concealed(item, f"{place}.{key}", hide) for key, item in inner.items() if item.value is not None}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [concealed(item, f"{place}[{number}]", hide) for number, item in enumerate(inner)]
    return plain(value)


def concealed_map(values: PropertyMap, owner: str, hide: Callable[[str, str], str]) -> dict[str, Any]:
    """`concealed` for a resource's properties; secrets are named after the owner and the property."""
    return {k: concealed(v, f"{owner}#{k}", hide) for k, v in values.items() if v.value is not None}


def revealed(value: Any, secret: Callable[[str], str]) -> PropertyValue:
    """The inverse of `concealed`, for secrets that are strings or were kept as JSON."""
    if isinstance(value, dict):
        if set(value) == {"secret"} and isinstance(value["secret"], str):
            return PropertyValue(secret(value["secret"]), is_secret=True)
        return PropertyValue({key: revealed(item, secret) for key, item in value.items()})
    if isinstance(value, list):
        return PropertyValue([revealed(item, secret) for item in value])
    return wrapped(value)

"""AWS's own descriptions of its resource types, as cfn-lint carries them: values are checked against them.

They are CloudFormation's, not the provider's: `Schema` says where the two differ, with the reason.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.clouds.shapes import Flaw
from lab.clouds.unknown import UNKNOWN

_REGION = "ap-northeast-1"
"""A type is described alike in every region that has it."""


@dataclass(frozen=True)
class Schema:
    """A resource type of CloudFormation, and how its properties are called here."""

    type: str
    """`AWS::EC2::Subnet`."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Property by input, where it is not the input's name with a capital; a path `A/B` leads into an object."""
    not_alike: Mapping[str, str] = field(default_factory=dict)
    """Inputs whose values or replacement the provider treats in another way, with the reason; not checked here."""

    def property_of(self, name: str) -> str:
        """The path of the property an input becomes."""
        return self.names.get(name, name[:1].upper() + name[1:])

    def flaws(self, inputs: Mapping[str, Any]) -> Iterator[Flaw]:
        """Values outside the enumerations, patterns and limits of the description."""
        document = described(self.type)
        for name, value in inputs.items():
            if name not in self.not_alike:
                yield from _flaws(name, _found(document, self.property_of(name)), document, value)

    def create_only(self) -> frozenset[str]:
        """Paths of the properties whose change replaces a resource, those under a condition included."""
        document = described(self.type)
        stated = (*document.get("createOnlyProperties", ()), *document.get("conditionalCreateOnlyProperties", ()))
        return frozenset(path.removeprefix("/properties/") for path in stated)

    def required(self) -> frozenset[str]:
        """Properties that must be stated."""
        return frozenset(described(self.type).get("required", ()))

    def knows(self, name: str) -> bool:
        """Whether an input maps to a property."""
        return bool(_found(described(self.type), self.property_of(name)))


@functools.cache
def described(type_: str) -> Mapping[str, Any]:
    """The description of a resource type. Raises KeyError for one that AWS does not describe."""
    # Located, not imported: importing cfn-lint costs a second, reading one description a millisecond.
    spec = importlib.util.find_spec("cfnlint")
    folder = Path(((spec and spec.submodule_search_locations) or [""])[0]) / "data/schemas"
    document: Mapping[str, Any] = json.loads((folder / f"resources/{_files(folder)[type_]}.json").read_text())
    return document


@functools.cache
def _files(folder: Path) -> Mapping[str, str]:
    names: Mapping[str, str] = json.loads((folder / f"providers/{_REGION}.json").read_text())
    return names


def _found(document: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    node: Mapping[str, Any] = document
    for part in path.split("/"):
        node = _resolved(node, document).get("properties", {}).get(part, {})
    return _resolved(node, document)


def _resolved(node: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        target: Mapping[str, Any] = document
        for part in str(node["$ref"]).removeprefix("#/").split("/"):
            target = target.get(part, {})
        node = target
    return node


def _flaws(place: str, node: Mapping[str, Any], document: Mapping[str, Any], value: Any) -> Iterator[Flaw]:
    if value is UNKNOWN or not node:
        return
    if isinstance(value, dict):
        known = node.get("properties", {})
        for name, item in value.items():
            inner = known.get(name[:1].upper() + name[1:], {})
            yield from _flaws(f"{place}.{name}", _resolved(inner, document), document, item)
    elif isinstance(value, list):
        most = node.get("maxItems", len(value))
        if len(value) > most:
            yield Flaw(place, None, f"takes at most {most}, has {len(value)}")
        for number, item in enumerate(value):
            yield from _flaws(f"{place}[{number}]", _resolved(node.get("items", {}), document), document, item)
    elif isinstance(value, str):
        yield from _text_flaws(place, node, value)
    elif isinstance(value, int) and not isinstance(value, bool):
        least, most = node.get("minimum", value), node.get("maximum", value)
        if not least <= value <= most:
            yield Flaw(place, None, f"{value} must be from {least} to {most}")


def _text_flaws(place: str, node: Mapping[str, Any], value: str) -> Iterator[Flaw]:
    choices, pattern = node.get("enum"), node.get("pattern")
    least, most = node.get("minLength", 0), node.get("maxLength", len(value))
    if choices and value not in choices:
        yield Flaw(place, None, f"{value!r} must be one of {', '.join(map(str, choices))}")
    elif not least <= len(value) <= most:
        yield Flaw(place, None, f"takes {least} to {most} characters, has {len(value)}")
    elif pattern and not _matches(pattern, value):
        yield Flaw(place, None, f"{value!r} must match {pattern}")


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.search(value) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """None for a pattern that only AWS's engine reads, such as one with `\\p{L}`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `[` within a set
        try:
            return re.compile(pattern)
        except re.error:
            return None

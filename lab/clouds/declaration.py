"""The language in which a kind of resource states its inputs; the provider checks them before anything is created."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from lab.clouds.shapes import (
    Address,
    Base64,
    Flag,
    Flaw,
    JsonText,
    Network,
    Shape,
    Tags,
    Text,
    Texts,
    Whole,
    wrong,
)
from lab.clouds.unknown import UNKNOWN


class Tie(enum.Enum):
    """What a reference means for what it refers to."""

    HOLDS = "the target cannot be deleted while it is referred to"
    PART = "what refers is deleted together with the target"
    LOOSE = "the target may go; the reference then leads nowhere"


@dataclass(frozen=True)
class Reference:
    """A value that must name an existing resource."""

    types: tuple[str, ...]
    by: tuple[str, ...]
    """Which of the target's outputs are names for it; `id` is its id."""
    absent: str
    """The cloud's error code when there is none."""
    tie: Tie


@dataclass(frozen=True, kw_only=True)
class Field:
    """One input."""

    shape: Shape
    required: bool = False
    replaces: bool = False
    """Create-only: a change replaces the resource."""
    default: Any = None
    """What the cloud takes when nothing is stated; appears in the outputs."""
    unordered: bool = False
    """A list whose order means nothing to the cloud."""
    reference: Reference | None = None


class Options(TypedDict, total=False):
    """What every kind of field can state besides its shape."""

    required: bool
    replaces: bool
    default: Any
    unordered: bool


Fields = Mapping[str, Field]


def text(
    *choices: str, pattern: str | None = None, most: int | None = None, meaning: str = "", **options: Unpack[Options]
) -> Field:
    """A string: one of `choices`, or matching the whole `pattern` (`meaning` says it in words), or any."""
    return Field(shape=Text(choices, pattern, most, meaning), **options)


def whole(least: int | None = None, most: int | None = None, **options: Unpack[Options]) -> Field:
    """An integer."""
    return Field(shape=Whole(least, most), **options)


def flag(**options: Unpack[Options]) -> Field:
    """A boolean."""
    return Field(shape=Flag(), **options)


def address(**options: Unpack[Options]) -> Field:
    """An IPv4 address."""
    return Field(shape=Address(), **options)


def network(shortest: int = 0, longest: int = 32, code: str | None = None, **options: Unpack[Options]) -> Field:
    """An IPv4 network in CIDR form without host bits, with limits to its prefix length."""
    return Field(shape=Network(shortest, longest, code), **options)


def json_text(most: int, code: str, too_long: str = "", **options: Unpack[Options]) -> Field:
    """A string that holds a JSON object of at most `most` bytes; `too_long` is the error code for more, if another."""
    return Field(shape=JsonText(most, code, too_long or code), **options)


def base64_text(most: int, code: str, **options: Unpack[Options]) -> Field:
    """Base64 of at most `most` bytes."""
    return Field(shape=Base64(most, code), **options)


def listing(item: Field, least: int = 0, most: int | None = None, code: str | None = None,
            **options: Unpack[Options]) -> Field:  # fmt: skip
    """A list; `code` is the cloud's error code for too many items."""
    return Field(shape=Listing(item, least, most, code), **options)


def record(fields: Fields, **options: Unpack[Options]) -> Field:
    """A nested object."""
    return Field(shape=Record(fields), **options)


def tags(**options: Unpack[Options]) -> Field:
    """AWS's tags: a map of strings within AWS's limits."""
    return Field(shape=Tags(), **options)


def texts(**options: Unpack[Options]) -> Field:
    """A map of strings: tags, variables, parameters."""
    return Field(shape=Texts(), **options)


def refers_to(*types: str, absent: str, by: tuple[str, ...] = ("id",), tie: Tie = Tie.HOLDS,
              **options: Unpack[Options]) -> Field:  # fmt: skip
    """The name of another resource of one of these types."""
    return Field(shape=Text((), None, None, ""), reference=Reference(types, by, absent, tie), **options)


def record_flaws(place: str, fields: Fields, values: Mapping[str, Any]) -> Iterator[Flaw]:
    """Unknown, missing and misshapen values of an object."""
    prefix = f"{place}." if place else ""
    for name in sorted(set(values) - set(fields)):
        near = difflib.get_close_matches(name, fields, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; the lab knows {', '.join(sorted(fields))}"
        yield Flaw(f"{prefix}{name}", "UnknownParameter", f"there is no input {name!r}{hint}")
    for name, field in fields.items():
        if name in values:
            yield from field_flaws(f"{prefix}{name}", field, values[name])
        elif field.required:
            yield Flaw(f"{prefix}{name}", "MissingParameter", f"{name} must be stated")


def field_flaws(place: str, field: Field, value: Any) -> Iterator[Flaw]:
    """Everything wrong with one value; an unknown one is taken as good."""
    if value is not UNKNOWN:
        yield from field.shape.flaws(place, value)


@dataclass(frozen=True)
class Listing:
    """A list of one kind of item."""

    item: Field
    least: int
    most: int | None
    code: str | None

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        if not isinstance(value, list):
            yield wrong(place, value, "a list")
            return
        if len(value) < self.least:
            yield Flaw(place, None, f"needs at least {self.least}, has {len(value)}")
        if self.most is not None and len(value) > self.most:
            yield Flaw(place, self.code, f"takes at most {self.most}, has {len(value)}")
        for number, item in enumerate(value):
            yield from field_flaws(f"{place}[{number}]", self.item, item)


@dataclass(frozen=True)
class Record:
    """A nested object."""

    fields: Fields

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        if isinstance(value, dict):
            yield from record_flaws(place, self.fields, value)
        else:
            yield wrong(place, value, "an object")

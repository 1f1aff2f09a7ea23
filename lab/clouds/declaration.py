"""The language in which a kind of resource states its inputs; the provider checks them before anything is created."""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, Protocol, TypedDict, Unpack

from lab.clouds.properties import UNKNOWN


@dataclass(frozen=True)
class Flaw:
    """What is wrong with an input, and where: `networkInterfaces[0].deviceIndex`."""

    place: str
    code: str
    rule: str


@dataclass(frozen=True)
class Reference:
    """A value that must name an existing resource."""

    types: tuple[str, ...]
    by: tuple[str, ...]
    """Which of the target's outputs are names for it; `id` is its id."""
    absent: str
    """The cloud's error code when there is none."""


class Shape(Protocol):
    """What values look like."""

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """Everything wrong with a known value."""
        ...


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
    return Field(shape=_Text(choices, pattern, most, meaning), **options)


def whole(least: int | None = None, most: int | None = None, **options: Unpack[Options]) -> Field:
    """An integer."""
    return Field(shape=_Whole(least, most), **options)


def flag(**options: Unpack[Options]) -> Field:
    """A boolean."""
    return Field(shape=_Flag(), **options)


def address(**options: Unpack[Options]) -> Field:
    """An IPv4 address."""
    return Field(shape=_Address(), **options)


def network(shortest: int = 0, longest: int = 32, code: str | None = None, **options: Unpack[Options]) -> Field:
    """An IPv4 network in CIDR form without host bits, with limits to its prefix length."""
    return Field(shape=_Network(shortest, longest, code), **options)


def json_text(most: int, code: str, **options: Unpack[Options]) -> Field:
    """A string that holds a JSON object of at most `most` bytes."""
    return Field(shape=_JsonText(most, code), **options)


def base64_text(most: int, code: str, **options: Unpack[Options]) -> Field:
    """Base64 of at most `most` bytes."""
    return Field(shape=_Base64(most, code), **options)


def listing(item: Field, least: int = 0, most: int | None = None, code: str | None = None,
            **options: Unpack[Options]) -> Field:  # fmt: skip
    """A list; `code` is the cloud's error code for too many items."""
    return Field(shape=Listing(item, least, most, code), **options)


def record(fields: Fields, **options: Unpack[Options]) -> Field:
    """A nested object."""
    return Field(shape=Record(fields), **options)


def texts(**options: Unpack[Options]) -> Field:
    """A map of strings: tags, variables, parameters."""
    return Field(shape=_Texts(), **options)


def refers_to(*types: str, absent: str, by: tuple[str, ...] = ("id",), **options: Unpack[Options]) -> Field:
    """The name of another resource of one of these types."""
    return Field(shape=_Text((), None, None, ""), reference=Reference(types, by, absent), **options)


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
            yield _wrong(place, value, "a list")
            return
        if len(value) < self.least:
            yield Flaw(place, "InvalidParameterValue", f"needs at least {self.least}, has {len(value)}")
        if self.most is not None and len(value) > self.most:
            yield Flaw(place, self.code or "InvalidParameterValue", f"takes at most {self.most}, has {len(value)}")
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
            yield _wrong(place, value, "an object")


@dataclass(frozen=True)
class _Text:
    choices: tuple[str, ...]
    pattern: str | None
    most: int | None
    meaning: str

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        if not isinstance(value, str):
            yield _wrong(place, value, "a string")
        elif self.choices and value not in self.choices:
            yield _wrong(place, value, f"one of {', '.join(self.choices)}")
        elif self.pattern is not None and not re.fullmatch(self.pattern, value):
            yield _wrong(place, value, self.meaning or f"text that matches {self.pattern}")
        elif self.most is not None and len(value) > self.most:
            yield Flaw(place, "InvalidParameterValue", f"takes at most {self.most} characters, has {len(value)}")


@dataclass(frozen=True)
class _Whole:
    least: int | None
    most: int | None

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield _wrong(place, value, "an integer")
        elif (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            yield _wrong(place, value, f"from {self.least} to {'any number' if self.most is None else self.most}")


@dataclass(frozen=True)
class _Flag:
    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        if not isinstance(value, bool):
            yield _wrong(place, value, "true or false")


@dataclass(frozen=True)
class _Address:
    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        try:
            IPv4Address(value if isinstance(value, str) else "")
        except AddressValueError:
            yield _wrong(place, value, "an IPv4 address")


@dataclass(frozen=True)
class _Network:
    shortest: int
    longest: int
    code: str | None

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        try:
            if not isinstance(value, str) or "/" not in value:
                raise ValueError
            found = IPv4Network(value)
        except ValueError:
            yield _wrong(place, value, "an IPv4 network such as 10.0.0.0/24, without host bits")
            return
        if not self.shortest <= found.prefixlen <= self.longest:
            rule = f"{value} must be from /{self.shortest} to /{self.longest}"
            yield Flaw(place, self.code or "InvalidParameterValue", rule)


@dataclass(frozen=True)
class _JsonText:
    most: int
    code: str

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        try:
            document = json.loads(value)
        except (TypeError, ValueError):
            document = None
        if not isinstance(document, dict):
            yield Flaw(place, self.code, "must be a string that holds a JSON object")
        elif len(value.encode()) > self.most:
            yield Flaw(place, self.code, f"takes at most {self.most} bytes, has {len(value.encode())}")


@dataclass(frozen=True)
class _Base64:
    most: int
    code: str

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        try:
            size = len(base64.b64decode(value, validate=True))
        except (TypeError, ValueError, binascii.Error):
            yield Flaw(place, self.code, "must be base64")
            return
        if size > self.most:
            yield Flaw(place, self.code, f"takes at most {self.most} bytes, has {size}")


@dataclass(frozen=True)
class _Texts:
    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        if not isinstance(value, dict):
            yield _wrong(place, value, "a map of strings")
            return
        for key, item in value.items():
            if item is not UNKNOWN and not isinstance(item, str):
                yield _wrong(f"{place}.{key}", item, "a string")


def _wrong(place: str, value: Any, wanted: str) -> Flaw:
    return Flaw(place, "InvalidParameterValue", f"{value!r} must be {wanted}")

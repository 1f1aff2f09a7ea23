"""What values look like: strings, numbers, addresses, documents, tags."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any, Protocol

from lab.clouds.unknown import UNKNOWN


@dataclass(frozen=True)
class Flaw:
    """What is wrong with an input, and where: `networkInterfaces[0].deviceIndex`."""

    place: str
    code: str | None
    """The cloud's error code; None for the one its service has for any malformed input."""
    rule: str


class Shape(Protocol):
    """What values look like."""

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """Everything wrong with a known value."""
        ...


@dataclass(frozen=True)
class Text:
    """A string: one of `choices`, or one that matches the whole `pattern`, `meaning` in words."""

    choices: tuple[str, ...]
    pattern: str | None
    most: int | None
    meaning: str

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        if not isinstance(value, str):
            yield wrong(place, value, "a string")
        elif self.choices and value not in self.choices:
            yield wrong(place, value, f"one of {', '.join(self.choices)}")
        elif self.pattern is not None and not re.fullmatch(self.pattern, value):
            yield wrong(place, value, self.meaning or f"text that matches {self.pattern}")
        elif self.most is not None and len(value) > self.most:
            yield Flaw(place, None, f"takes at most {self.most} characters, has {len(value)}")


@dataclass(frozen=True)
class Whole:
    """An integer."""

    least: int | None
    most: int | None

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        if not isinstance(value, int) or isinstance(value, bool):
            yield wrong(place, value, "an integer")
        elif (self.least is not None and value < self.least) or (self.most is not None and value > self.most):
            yield wrong(place, value, f"from {self.least} to {'any number' if self.most is None else self.most}")


@dataclass(frozen=True)
class Flag:
    """A boolean."""

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        if not isinstance(value, bool):
            yield wrong(place, value, "true or false")


@dataclass(frozen=True)
class Address:
    """An IPv4 address."""

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        try:
            IPv4Address(value if isinstance(value, str) else "")
        except AddressValueError:
            yield wrong(place, value, "an IPv4 address")


@dataclass(frozen=True)
class Network:
    """An IPv4 network in CIDR form without host bits."""

    shortest: int
    longest: int
    code: str | None

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        try:
            if not isinstance(value, str) or "/" not in value:
                raise ValueError
            found = IPv4Network(value)
        except ValueError:
            yield wrong(place, value, "an IPv4 network such as 10.0.0.0/24, without host bits")
            return
        if not self.shortest <= found.prefixlen <= self.longest:
            rule = f"{value} must be from /{self.shortest} to /{self.longest}"
            yield Flaw(place, self.code or None, rule)


@dataclass(frozen=True)
class JsonText:
    """A string that holds a JSON object of at most `most` bytes."""

    most: int
    code: str
    too_long: str

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        try:
            document = json.loads(value)
        except (TypeError, ValueError):
            document = None
        if not isinstance(document, dict):
            yield Flaw(place, self.code, "must be a string that holds a JSON object")
        elif len(value.encode()) > self.most:
            yield Flaw(place, self.too_long, f"takes at most {self.most} bytes, has {len(value.encode())}")


@dataclass(frozen=True)
class Base64:
    """Base64 of at most `most` bytes."""

    most: int
    code: str

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        try:
            size = len(base64.b64decode(value, validate=True))
        except (TypeError, ValueError, binascii.Error):
            yield Flaw(place, self.code, "must be base64")
            return
        if size > self.most:
            yield Flaw(place, self.code, f"takes at most {self.most} bytes, has {size}")


@dataclass(frozen=True)
class Texts:
    """A map of strings."""

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        if not isinstance(value, dict):
            yield wrong(place, value, "a map of strings")
            return
        for key, item in value.items():
            if item is not UNKNOWN and not isinstance(item, str):
                yield wrong(f"{place}.{key}", item, "a string")


@dataclass(frozen=True)
class Tags:
    """AWS's tags, for every service alike (AWS General Reference, "Tag naming limits and requirements")."""

    most: int = 50
    key_characters: int = 128
    value_characters: int = 256

    def flaws(self, place: str, value: Any) -> Iterator[Flaw]:
        """See `Shape`."""
        yield from Texts().flaws(place, value)
        if not isinstance(value, dict):
            return
        if len(value) > self.most:
            yield Flaw(place, "TagLimitExceeded", f"takes at most {self.most} tags, has {len(value)}")
        for key, item in value.items():
            if key.lower().startswith("aws:"):
                yield Flaw(f"{place}.{key}", None, "tag keys that begin with aws: are reserved for AWS")
            if len(key) > self.key_characters:
                yield Flaw(f"{place}.{key}", None, f"a tag's key has at most {self.key_characters} characters")
            if isinstance(item, str) and len(item) > self.value_characters:
                yield Flaw(f"{place}.{key}", None, f"a tag's value has at most {self.value_characters} characters")


def wrong(place: str, value: Any, wanted: str) -> Flaw:
    """A value that is not what it must be."""
    return Flaw(place, None, f"{value!r} must be {wanted}")

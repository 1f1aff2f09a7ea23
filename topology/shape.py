"""The shape of the stated mapping: unknown and missing keys, wrong kinds of value, placeholders.

Pydantic finds them.
Here they become findings in the operator's words, and the document is mended so that the rest can be checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Final, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from topology.findings import Finding, Location
from topology.model import Intent
from topology.reading import UNREAD

PLACEHOLDER: Final = "REPLACE_ME"
"""Begins a text that stands for what only the owner knows."""

Document = dict[str, object]

_UNKNOWN_KEY: Final = "unexpected_keyword_argument"


def copied(value: object) -> object:
    """A deep copy of what YAML or JSON gave, with text for every key."""
    if isinstance(value, Mapping):
        return {str(key): copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, (list, tuple)) else value


def placeholders(document: object, at: Location = ()) -> Iterator[Finding]:
    """Every value that waits for its owner, and every secret where none may be."""
    if isinstance(document, str) and document.startswith(PLACEHOLDER):
        where = document.removeprefix(PLACEHOLDER).lstrip(": ") or "ask whoever owns it"
        yield Finding(value=PLACEHOLDER, rule="still stands for a value", at=at, way_out=f"replace it: {where}")
    elif isinstance(document, dict) and set(document) == {"secure"}:
        yield Finding(value="a secret", rule="has no place in the path", at=at, way_out="write the value in plain text")
    elif isinstance(document, dict):
        for key, value in document.items():
            yield from placeholders(value, (*at, key))
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from placeholders(value, (*at, index))


def findings(error: ValidationError) -> list[Finding]:
    """What pydantic found, one finding a mistake: a misspelt key is not reported as missing too."""
    details = error.errors(include_url=False)
    meant = {_meant(one["loc"]) for one in details if one["type"] == _UNKNOWN_KEY}
    return [_finding(one) for one in details if one["type"] != "missing" or one["loc"] not in meant]


def unread(error: ValidationError) -> list[Location]:
    """The places whose value is not what the operator meant, also where a key was misspelt."""
    places = [(one["type"], one["loc"]) for one in error.errors(include_url=False)]
    return [_meant(at) if kind == _UNKNOWN_KEY else at for kind, at in places]


def mend(document: Document, error: ValidationError) -> None:
    """Puts a stand-in wherever pydantic stopped and takes unknown keys out."""
    for details in error.errors(include_url=False):
        *above, last = details["loc"]
        if details["type"] == _UNKNOWN_KEY:
            del _item(document, above)[last]
        else:
            put(document, details["loc"], _STAND_INS[details["type"]]())


def put(document: Document, at: Location, value: object) -> None:
    """Replaces what stands at a location."""
    *above, last = at
    _item(document, above)[last] = value


_STAND_INS: Final[Mapping[str, Callable[[], object]]] = {
    "missing": lambda: UNREAD,
    "refused": lambda: UNREAD,
    "dataclass_type": dict,
    "dict_type": dict,
    "tuple_type": list,
}


def _item(document: object, at: list[str | int]) -> dict[str | int, object]:
    for part in at:
        document = document[part]  # type: ignore[index]
    return document  # type: ignore[return-value]


def _finding(details: ErrorDetails) -> Finding:
    at, value, kind = details["loc"], details["input"], details["type"]
    if kind == "refused":
        return Finding(value=value, rule=details["ctx"]["rule"], at=at, way_out=details["ctx"]["way_out"])
    if kind == _UNKNOWN_KEY:
        return Finding(value=at[-1], rule="is no key here", at=at, way_out=_known_keys(at))
    described = keys_at(at[:-1])[str(at[-1])].description if isinstance(at[-1], str) else "the item's keys"
    if kind == "missing":
        return Finding(value="nothing", rule="is stated, and there is no default", at=at, way_out=f"state {described}")
    kind_wanted = "list" if kind == "tuple_type" else "mapping"
    return Finding(value=value, rule=f"is no {kind_wanted}", at=at, way_out=f"write a {kind_wanted}: {described}")


def keys_at(at: Location) -> dict[str, FieldInfo]:
    """The keys that may be stated in the mapping at a location."""
    keys = _keys_of(Intent)
    for part in at:
        if isinstance(part, str):
            keys = _keys_of(keys[part].annotation)
    return keys


def _keys_of(annotation: object) -> dict[str, FieldInfo]:
    own: dict[str, FieldInfo] = getattr(annotation, "__pydantic_fields__", {})
    if own:
        return {field.alias or name: field for name, field in own.items()}
    return {key: field for inner in get_args(annotation) for key, field in _keys_of(inner).items()}


def _meant(unknown: Location) -> Location:
    """The place of the nearest known key, or the unknown one's own where none is near."""
    *above, key = unknown
    return (*above, *(get_close_matches(str(key), list(keys_at(unknown[:-1])), n=1) or [str(key)]))


def _known_keys(at: Location) -> str:
    meant = _meant(at)
    return f"did you mean {meant[-1]}?" if meant != at else f"the keys here are {', '.join(keys_at(at[:-1]))}"

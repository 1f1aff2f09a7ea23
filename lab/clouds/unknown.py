"""A value that a preview does not know; apart from the provider protocol, which takes long to load."""

from __future__ import annotations

from typing import Any, Final


class Unknown:
    """A value that a preview does not know yet."""

    def __repr__(self) -> str:
        return "<unknown until it is created>"


UNKNOWN: Final = Unknown()


def is_unknown(value: Any) -> bool:
    """Whether a plain value is or holds something a preview does not know."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in value)
    return value is UNKNOWN

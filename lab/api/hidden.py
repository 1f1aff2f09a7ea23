"""Deployed values whose text only the store has."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def reveal(value: object, secret: Callable[[str], str]) -> str:
    """A property's text; a hidden one, `{"secret": NAME}`, is looked up. Nothing where there is none."""
    if isinstance(value, Mapping) and set(value) == {"secret"}:
        return secret(str(value["secret"]))
    return "" if value is None else str(value)

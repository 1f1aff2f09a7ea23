"""Finds outputs that were used although no provider gave them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from lab.clouds.shapes import Flaw

_FORGOTTEN_OUTPUT = re.compile(r"(?<!\w)None(?!\w)")
"""What an output that no provider gave becomes in whoever uses it."""


def forgotten_outputs(place: str, value: Any) -> Iterator[Flaw]:
    """Texts that hold `None`, also inside base64 user data."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from forgotten_outputs(f"{place}.{key}" if place else key, item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from forgotten_outputs(f"{place}[{number}]", item)
    elif isinstance(value, str) and any(_FORGOTTEN_OUTPUT.search(t) for t in (value, _decoded(place, value))):
        yield Flaw(place, "ForgottenOutput", "holds the text 'None': an output that nobody gave was used here")


def _decoded(place: str, value: str) -> str:
    if not place.endswith("userData"):
        return ""
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        return ""

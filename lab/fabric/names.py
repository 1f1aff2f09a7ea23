"""Names, hardware addresses and table numbers that follow from what they name, so that a re-sync moves nothing else."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping

_LONGEST_DEVICE = 15
"""IFNAMSIZ less its NUL."""
_FIRST_TABLE = 10_000
"""Kernel tables below are the system's."""


def digest(*parts: str) -> str:
    """A stable hexadecimal fingerprint of what is named."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def label(text: str) -> str:
    """The text with only what a namespace or a device may be called: lower case, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"


def device(prefix: str, name: str) -> str:
    """A device name of at most 15 characters; a long one keeps its beginning and ends in its fingerprint."""
    wanted = f"{prefix}-{label(name)}"
    if len(wanted) <= _LONGEST_DEVICE:
        return wanted
    return f"{wanted[: _LONGEST_DEVICE - 4]}{digest(wanted)[:4]}"


def distinct(wanted: Mapping[str, str]) -> dict[str, str]:
    """Labels by id: the wanted one, followed by the end of its id where two would be called alike."""
    labels = {id_: label(name) for id_, name in wanted.items()}
    times = Counter(labels.values())
    return {id_: name if times[name] == 1 else f"{name}-{digest(id_)[:4]}" for id_, name in labels.items()}


def mac(netns: str, device_name: str) -> str:
    """A locally administered hardware address."""
    octets = digest(netns, device_name)[:10]
    return ":".join(["02", *(octets[i : i + 2] for i in range(0, 10, 2))])


def table(id_: str) -> int:
    """The kernel's number for a route table of a cloud."""
    return _FIRST_TABLE + int(digest(id_)[:6], 16)

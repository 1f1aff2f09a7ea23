"""What a probe is, and how the programs write down what they saw.

All stamps are nanoseconds of CLOCK_MONOTONIC, which every namespace of a machine shares.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

PORT = 40011
"""Receivers listen here."""
FIRST_SOURCE_PORT = 42000
FLOWS = 20
"""5-tuples of a direction: each packet of four legs is met by one of them but once in 300 draws."""
PER_SECOND = 1000
"""Probes of a direction, over all its flows in turn."""
SPACING_MS = 1000 * FLOWS / PER_SECOND
"""Between two probes of one flow."""

PROBE = struct.Struct("!Q")
"""A probe's number within its direction; the flow is its remainder by `FLOWS`."""
ARRIVAL = struct.Struct("=QQ")
"""Stamp and number of a probe that came."""
CHANGE = struct.Struct("=QII")
"""Stamp, place of the namespace among those listened to, and bytes of the kernel's messages that follow."""


def flow_of(number: int) -> int:
    """The flow that a probe belongs to."""
    return number % FLOWS


def write_sent(path: Path, stamps: Sequence[int]) -> None:
    """When each probe left, in their order."""
    path.write_bytes(array("Q", stamps).tobytes())


def read_sent(path: Path) -> array[int]:
    """The inverse of `write_sent`."""
    stamps = array("Q")
    stamps.frombytes(path.read_bytes())
    return stamps


def read_arrivals(path: Path, skip: int = 0) -> list[tuple[int, int]]:
    """Stamp and number of each probe that came, in the order of coming, without the first `skip`.

    A receiver may still be writing: half a record at the end is left for the next time.
    """
    with path.open("rb") as file:
        file.seek(skip * ARRIVAL.size)
        content = file.read()
    whole = len(content) - len(content) % ARRIVAL.size
    return list(ARRIVAL.iter_unpack(content[:whole]))


def read_changes(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """Stamp, place of the namespace and the kernel's messages of each change; half of one at the end is left out."""
    content, start = path.read_bytes(), 0
    while start + CHANGE.size <= len(content):
        stamp_ns, place, length = CHANGE.unpack_from(content, start)
        start += CHANGE.size + length
        if start <= len(content):
            yield stamp_ns, place, content[start - length : start]

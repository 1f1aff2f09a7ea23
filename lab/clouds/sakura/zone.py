"""What all kinds of a Sakura zone share."""

from __future__ import annotations

from lab.clouds.declaration import Field, listing, text
from lab.clouds.kind import Proposal

ZONES = ("tk1a", "tk1b", "is1a", "is1b", "is1c", "tk1v")
TAGS: Field = listing(text(), unordered=True)
MALFORMED = "invalid_format"
"""The API's error code for an input of the wrong form."""


def identify(proposal: Proposal) -> str:
    """Twelve digits; Sakura's ids are numbers."""
    return f"113{int(proposal.digits(12), 16) % 10**9:09}"


def zoned(**fields: Field) -> dict[str, Field]:
    """Inputs of everything that has a zone and a name."""
    return {"zone": text(*ZONES, replaces=True), "name": text(most=64), **fields}

"""Packets that the fabric loses on purpose: one table of rules beside those that the clouds' state asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lab.fabric import runner
from lab.fabric.template import fill

_BEFORE_FILTERS = -10
"""So that no filter counts as refused what a cut has lost."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """What one namespace no longer lets pass."""

    name: str
    """No other cut of the namespace has it."""
    netns: str
    matches: tuple[str, ...]
    """As nftables takes them."""
    family: Literal["ip", "bridge"] = "ip"
    hook: Literal["forward", "input"] = "forward"
    """`input`: what the namespace's own programs no longer hear."""


def apply(cut: Cut) -> None:
    """From now on loses what it matches. Raises LabFault with nft's complaint."""
    words = fill(
        "cut.nft.j2", family=cut.family, name=cut.name, hook=cut.hook, priority=_BEFORE_FILTERS, matches=cut.matches
    )
    runner.nft(cut.netns, words)


def remove(cut: Cut) -> None:
    """Lets everything pass again. Raises LabFault where there is no such cut."""
    runner.nft(cut.netns, f"delete table {cut.family} {cut.name}\n")

"""Reads a rendered frr.conf back, as far as the tests ask."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from ipaddress import IPv4Network

from tests.render.stack import FRR, lines
from topology import Plan

LIST_LINE = re.compile(r"ip prefix-list (\S+) seq (\d+) (permit|deny) (\S+?)/(\d+)(?: ge (\d+))?(?: le (\d+))?")


@dataclass(frozen=True, kw_only=True, order=True)
class ListLine:
    """A line of a prefix list."""

    sequence: int
    action: str
    prefix: IPv4Network
    lengths: range
    """Of the parts it fits."""

    def fits(self, prefix: IPv4Network) -> bool:
        return prefix.subnet_of(self.prefix) and prefix.prefixlen in self.lengths


@dataclass(frozen=True, kw_only=True)
class FrrConf:
    """One router's routing as its file says it."""

    lines: list[str]
    prefix_lists: dict[str, set[IPv4Network]]
    """What they permit: prefixes, and the pool that any VPC of an app team may be part of."""
    lists: dict[str, list[ListLine]]
    """The same lists as FRR goes through them, by sequence."""
    neighbors: dict[str, list[str]]
    """By address: what the file says of it, in order."""

    def admits(self, name: str, prefix: IPv4Network) -> bool:
        """Whether a list lets a prefix through: the first line that fits decides, and none denies."""
        return next((line.action == "permit" for line in self.lists[name] if line.fits(prefix)), False)

    def heard(self, neighbor: str) -> set[IPv4Network]:
        """What the neighbor may announce."""
        return self._filter(neighbor, "in")

    def told(self, neighbor: str) -> set[IPv4Network]:
        """What the neighbor may be told."""
        return self._filter(neighbor, "out")

    def described(self, word: str) -> list[str]:
        """The neighbors whose description starts with that word."""
        return [
            address
            for address, said in self.neighbors.items()
            if any(line.startswith(f"description {word}") for line in said)
        ]

    def _filter(self, neighbor: str, direction: str) -> set[IPv4Network]:
        (name,) = [
            line.split()[1]
            for line in self.neighbors[neighbor]
            if line.startswith("prefix-list") and line.endswith(f" {direction}")
        ]
        return self.prefix_lists[name]


def read(plan: Plan, router: str) -> FrrConf:
    """The file of one router."""
    said = lines(plan, router, FRR)
    lists: dict[str, list[ListLine]] = defaultdict(list)
    neighbors: dict[str, list[str]] = defaultdict(list)
    for line in said:
        if found := LIST_LINE.fullmatch(line):
            lists[found[1]].append(_list_line(found))
        if neighbor := re.fullmatch(r"neighbor (\S+) (.+)", line):
            neighbors[neighbor[1]].append(neighbor[2])
    permitted = {name: {line.prefix for line in own if line.action == "permit"} for name, own in lists.items()}
    ordered = {name: sorted(own) for name, own in lists.items()}
    return FrrConf(lines=said, prefix_lists=permitted, lists=ordered, neighbors=dict(neighbors))


def _list_line(found: re.Match[str]) -> ListLine:
    """FRR fits a prefix itself where neither `ge` nor `le` is said, and what is left out is the widest."""
    length = int(found[5])
    lengths = range(int(found[6] or length), int(found[7] or (32 if found[6] else length)) + 1)
    return ListLine(
        sequence=int(found[2]), action=found[3], prefix=IPv4Network(f"{found[4]}/{length}"), lengths=lengths
    )

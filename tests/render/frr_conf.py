"""Reads a rendered frr.conf back, as far as the tests ask."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from ipaddress import IPv4Network

from tests.render.stack import FRR, lines
from topology import Plan


@dataclass(frozen=True, kw_only=True)
class FrrConf:
    """One router's routing as its file says it."""

    lines: list[str]
    prefix_lists: dict[str, set[IPv4Network]]
    """What they permit: prefixes, and the pool that any VPC of an app team may be part of."""
    neighbors: dict[str, list[str]]
    """By address: what the file says of it, in order."""

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
    prefix_lists: dict[str, set[IPv4Network]] = defaultdict(set)
    neighbors: dict[str, list[str]] = defaultdict(list)
    for line in said:
        if permit := re.fullmatch(r"ip prefix-list (\S+) seq \d+ permit (\S+)(?: le 28)?", line):
            prefix_lists[permit[1]].add(IPv4Network(permit[2]))
        if neighbor := re.fullmatch(r"neighbor (\S+) (.+)", line):
            neighbors[neighbor[1]].append(neighbor[2])
    return FrrConf(lines=said, prefix_lists=dict(prefix_lists), neighbors=dict(neighbors))

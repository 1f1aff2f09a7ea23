"""What a rule found, before its place has a name.

Rules know places as locations (`("sites", 1, "prefixes", 0)`), the operator by name (`sites[plant-01].prefixes[0]`).
Locations also let a finding be dropped when it rests on a value that could not be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from topology.problems import Problem

Location = tuple[str | int, ...]

BESIDE = "{beside}"
"""Stands in a rule's words for the places of `Finding.beside`."""

LONGEST_VALUE = 60
"""Characters of a stated value that a message repeats."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One broken rule at one location."""

    value: object
    rule: str
    at: Location
    way_out: str
    beside: tuple[Location, ...] = ()
    """The other locations this finding rests on."""

    def rests_on(self, unread: Iterable[Location]) -> bool:
        """Whether a value it looked at could not be read, so that the finding means nothing."""
        return any(_same_branch(mine, other) for other in unread for mine in (self.at, *self.beside))


class Names:
    """Names the places of one stack file."""

    def __init__(self, lists: Mapping[str, Sequence[tuple[object, object]]]) -> None:
        """`lists` gives the (name, id) of each item of `sites` and `vpcs`, None where it has none."""
        self._labels = {key: [_label(items, item) for item in range(len(items))] for key, items in lists.items()}

    def place(self, at: Location) -> str:
        """`sites[plant-01].prefixes[0]`: an item by its name, else by its id, else by its position."""
        text = ""
        for depth, part in enumerate(at):
            if isinstance(part, str):
                text += f".{part}" if text else part
            else:
                labels = self._labels.get(str(at[0]), []) if depth == 1 else []
                text += f"[{labels[part] if part < len(labels) else part}]"
        return text

    def problem(self, finding: Finding) -> Problem:
        """The finding in the operator's words."""
        beside = _and([self.place(at) for at in finding.beside])
        return Problem(
            value=shown(finding.value),
            rule=finding.rule.replace(BESIDE, beside),
            place=self.place(finding.at),
            way_out=finding.way_out.replace(BESIDE, beside),
        )


def shown(value: object) -> str:
    """A stated value as a message repeats it: as YAML writes it, on one line, never at length."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return f"[{_cut(', '.join(map(shown, value)))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = " ".join(str(value).split())
    return _cut(text) or '""'


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _and(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def _label(items: Sequence[tuple[object, object]], item: int) -> str:
    name, number = items[item]
    if isinstance(name, str) and name and [n for n, _ in items].count(name) == 1:
        return name
    if isinstance(number, int) and [i for _, i in items].count(number) == 1:
        return f"id {number}"
    return str(item)


def _same_branch(one: Location, other: Location) -> bool:
    depth = min(len(one), len(other))
    return one[:depth] == other[:depth]

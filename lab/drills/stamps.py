"""When each part answered a fault: who noticed, which tables changed, where the virtual address went: pure.

All stamps are nanoseconds of CLOCK_MONOTONIC, which routers, gateway and probes share.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.drills.measure import NS_PER_MS, WAYS
from lab.fabric.gateway_reaction import messages

GATEWAY = "gateway"
NOTICED = re.compile(r"%ADJCHANGE: |^(not ready|ready|takeover|end of takeover|withheld|announced again): ")
"""A neighbour that bgpd finds up or down, by BFD or by itself, or a move of `watch`."""
TAKES_VIRTUAL_IP = re.compile(r"Entering MASTER STATE")
TAKES_OVER = re.compile(r"^takeover: ")
BFD_STATUS = re.compile(rb'\{"op":"status"[^}]*\}')
"""A word of bfdd's (FRR, bfdd/config.c); several may come at once."""

ROUTE_IS_NEW, ROUTE_IS_GONE = 24, 25
"""Types of netlink messages (linux/rtnetlink.h)."""
KIND, TABLE = slice(4, 6), 20
"""Where type and table stand in a message; tables from 256 on have a number here that is none of the system's."""
LOCAL_TABLE = 255
"""The kernel's own addresses: no way that a packet takes."""

PARTS = (
    "detected_ms",
    "routers_first_ms",
    "routers_last_ms",
    "gateway_first_ms",
    "gateway_last_ms",
    "virtual_ip_ms",
    "forward_lost_until_ms",
    "backward_lost_until_ms",
)
"""Of an outage, in the report's names: first word of a router, first and last change of tables, last probe lost."""

Changes = Iterable[tuple[int, int, bytes]]


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happened at a router or at the gateway."""

    at_ns: int
    where: str
    words: str = ""


def of_tables(changes: Changes, places: list[str]) -> list[Moment]:
    """When routes changed that packets follow, from what the kernel told of each place."""
    return [
        Moment(at_ns=at_ns, where=places[place])
        for at_ns, place, told in changes
        if any(_is_of_a_way(message) for message in messages(told))
    ]


def _is_of_a_way(message: bytes) -> bool:
    kind = int.from_bytes(message[KIND], sys.byteorder)
    return kind in (ROUTE_IS_NEW, ROUTE_IS_GONE) and message[TABLE] != LOCAL_TABLE


def of_siblings(changes: Changes, routers: list[str], addresses: Collection[str]) -> list[Moment]:
    """When a router's bfdd told that the session with another router's own address, its sibling's, is not up."""
    return [
        Moment(at_ns=at_ns, where=routers[place])
        for at_ns, place, told in changes
        for status in map(json.loads, BFD_STATUS.findall(told))
        if status["peer-address"] in addresses and status["state"] != "up"
    ]


def of_journal(router: str, text: str) -> Iterator[Moment]:
    """What a router's programs said, from `journalctl --output=json`."""
    for line in text.splitlines():
        entry = json.loads(line)
        came_us = int(entry["__REALTIME_TIMESTAMP"])
        # When it was said, where that is known: a busy journald takes it in later.
        late_us = came_us - int(entry.get("_SOURCE_REALTIME_TIMESTAMP", came_us))
        at_ns = (int(entry["__MONOTONIC_TIMESTAMP"]) - late_us) * 1000
        yield Moment(at_ns=at_ns, where=router, words=str(entry["MESSAGE"]))


def stamps(
    tables: Iterable[Moment], siblings: Iterable[Moment], said: Iterable[Moment], since_ns: int, until_ns: int
) -> dict[str, Any]:
    """Of a fault inflicted at `since_ns`, until `until_ns`: milliseconds after it, null where nothing was seen.

    `takeover_after_ms` is not: it counts from when the router's bfdd told of its sibling.
    """

    def within(moments: Iterable[Moment]) -> list[Moment]:
        return sorted((one for one in moments if since_ns <= one.at_ns < until_ns), key=lambda one: one.at_ns)

    def after_ms(moment: Moment | None) -> float | None:
        return None if moment is None else round((moment.at_ns - since_ns) / NS_PER_MS, 1)

    words = within(said)
    noticed = next((one for one in words if NOTICED.search(one.words)), None)
    changed: dict[str, list[Moment]] = {}
    for one in within(tables):
        changed.setdefault(one.where, []).append(one)
    return {
        "detected_ms": after_ms(noticed),
        "detected_by": f"{noticed.where}: {noticed.words}" if noticed else "",
        "virtual_ip_ms": after_ms(next((one for one in words if TAKES_VIRTUAL_IP.search(one.words)), None)),
        "takeover_after_ms": _takeover_after_ms(within(siblings), words),
        "tables_ms": {where: [after_ms(own[0]), after_ms(own[-1])] for where, own in sorted(changed.items())},
    }


def _takeover_after_ms(siblings: list[Moment], words: list[Moment]) -> dict[str, float]:
    """By router: from bfdd's last word before it to the agent's, said when the longer prefixes are announced."""
    found = {}
    for taken in (one for one in words if TAKES_OVER.search(one.words)):
        told = [one for one in siblings if one.where == taken.where and one.at_ns <= taken.at_ns]
        if told:
            found[taken.where] = round((taken.at_ns - told[-1].at_ns) / NS_PER_MS, 1)
    return found


def parts(line: Mapping[str, Any]) -> dict[str, float | None]:
    """What a run's line tells of where its time went, in milliseconds after the fault; null where it tells nothing."""
    told = line.get("stamps", {})
    tables = told.get("tables_ms", {})
    routers = [span for where, span in tables.items() if where != GATEWAY]
    gateway, lost_ms = tables.get(GATEWAY, (None, None)), line.get("lost_ms", {})
    found = (
        told.get("detected_ms"),
        min((first for first, _ in routers), default=None),
        max((last for _, last in routers), default=None),
        *gateway,
        told.get("virtual_ip_ms"),
        *((lost_ms.get(way) or [None])[-1] for way in WAYS),
    )
    return dict(zip(PARTS, found, strict=True))

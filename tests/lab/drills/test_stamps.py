"""The moments at which parts reacted, from what kernels and journals told."""

from __future__ import annotations

import json
import struct

import pytest

from lab.drills.measure import NS_PER_MS
from lab.drills.probes.record import CHANGE, read_changes
from lab.drills.stamps import PARTS, Moment, of_journal, of_siblings, of_tables, parts, stamps

FAULT_NS = 50_000 * NS_PER_MS
NEW_ROUTE, ROUTE_IS_GONE, NEW_RULE = 24, 25, 32
MAIN, LOCAL = 254, 255


def message(kind: int, table: int) -> bytes:
    """As the kernel tells of a route: netlink's header, then the route's."""
    route = struct.pack("=BBBBBBBBI", 2, 24, 0, 0, table, 186, 0, 1, 0)
    return struct.pack("=IHHII", 16 + len(route), kind, 0, 0, 0) + route


def at(ms: float, where: str, words: str = "") -> Moment:
    return Moment(at_ns=FAULT_NS + int(ms * NS_PER_MS), where=where, words=words)


def entry(said: str, **stated: object) -> str:
    return json.dumps({"MESSAGE": said, "__REALTIME_TIMESTAMP": "900", "__MONOTONIC_TIMESTAMP": "500", **stated})


def status(peer: str, state: str) -> bytes:
    """As bfdd tells of a session: a header of 8 bytes, then JSON."""
    told = json.dumps({"op": "status", "peer-address": peer, "state": state}, separators=(",", ":")).encode()
    return struct.pack("!IHBB", len(told), 0, 4, 1) + told


def of(tables: list[Moment], said: list[Moment], siblings: list[Moment] | None = None) -> dict:
    return stamps(tables, siblings or [], said, FAULT_NS, FAULT_NS + 2000 * NS_PER_MS)


def test_routes_that_packets_follow_count_and_the_kernels_own_addresses_do_not():
    told = [
        (1, 0, message(NEW_ROUTE, MAIN)),
        (2, 1, message(NEW_ROUTE, LOCAL) + message(ROUTE_IS_GONE, 7)),
        (3, 1, message(NEW_ROUTE, LOCAL)),
        (4, 0, message(NEW_RULE, MAIN)),
    ]

    assert of_tables(told, ["aws-a", "gateway"]) == [
        Moment(at_ns=1, where="aws-a"),
        Moment(at_ns=2, where="gateway"),
    ]


def test_what_was_heard_of_routes_is_read_and_half_of_it_left_out(tmp_path):
    whole = CHANGE.pack(7, 1, 3) + b"abc"
    file = tmp_path / "changes"
    file.write_bytes(whole + CHANGE.pack(8, 0, 2) + b"de" + whole[:-1])

    assert list(read_changes(file)) == [(7, 1, b"abc"), (8, 0, b"de")]


def test_bfdd_tells_when_the_sibling_is_not_ready_also_where_it_tells_more_at_once():
    told = [
        (1, 0, b'\x00\x00\x00\x0f\x00\x01\x01\x01{"status":"ok"}'),
        (2, 1, status("10.0.0.2", "down") + status("10.253.0.9", "up")),
        (3, 0, status("10.253.0.9", "down")),
        (4, 1, status("10.0.0.2", "up")),
        (5, 0, status("10.253.0.8", "down") + status("10.0.0.1", "adm-down")),
    ]

    assert of_siblings(told, ["aws-b", "aws-a"], {"10.0.0.1", "10.0.0.2"}) == [
        Moment(at_ns=2, where="aws-a"),
        Moment(at_ns=5, where="aws-b"),
    ]


def test_a_takeover_counts_from_bfdds_last_word_before_it_at_the_same_router():
    siblings = [at(280, "aws-b"), at(300, "aws-b"), at(303, "aws-a"), at(320, "aws-b")]
    said = [
        at(304.2, "aws-b", "takeover: the sibling is not ready; announcing 10.0.0.0/9"),
        at(305, "sakura-a", "takeover: of which no bfdd told"),
        at(900, "aws-a", "end of takeover: the sibling carries its part again"),
    ]

    assert of([], said, siblings)["takeover_after_ms"] == {"aws-b": 4.2}


def test_a_takeover_that_bfdd_did_not_tell_of_since_the_fault_has_no_time():
    said = [at(304, "aws-b", "takeover: the sibling is not ready; announcing 10.0.0.0/9")]

    assert of([], said, [at(-1, "aws-b"), at(305, "aws-b")])["takeover_after_ms"] == {}


def test_a_line_of_the_journal_has_the_moment_when_it_was_said():
    """journald stamps what it takes in, and may come to it late."""
    late, at_once = of_journal("aws-a", f"{entry('a', _SOURCE_REALTIME_TIMESTAMP='700')}\n{entry('b')}\n")

    assert (late.at_ns, late.where, late.words) == (300_000, "aws-a", "a")
    assert at_once.at_ns == 500_000


def test_the_first_word_about_a_fault_is_its_detection_whoever_says_it():
    said = [
        at(-5, "sakura-a", "%ADJCHANGE: neighbor 10.0.0.1(aws-a) in vrf default Down"),
        at(330, "aws-b", "takeover: the sibling is not ready; announcing 10.0.0.0/9"),
        at(312, "sakura-b", "[M59KS] %ADJCHANGE: neighbor 10.0.0.1(aws-a) in vrf default Down BFD down received"),
        at(20, "aws-b", "the roll-out lock is given back"),
    ]

    found = of([], said)

    assert found["detected_ms"] == 312.0
    assert found["detected_by"].startswith("sakura-b: [M59KS] %ADJCHANGE")


def test_tables_have_their_first_and_last_change_of_the_span():
    tables = [at(-1, "gateway"), at(400, "gateway"), at(350, "gateway"), at(9, "aws-b"), at(2000, "aws-b")]

    assert of(tables, [])["tables_ms"] == {"aws-b": [9.0, 9.0], "gateway": [350.0, 400.0]}


def test_where_nothing_was_seen_nothing_is_told():
    found = of([], [])

    assert (found["detected_ms"], found["virtual_ip_ms"], found["tables_ms"]) == (None, None, {})
    assert set(parts({"stamps": found}).values()) == set(parts({}).values()) == {None}


def test_the_virtual_address_is_where_its_next_holder_says_so():
    said = [at(301, "sakura-b", "(path) Entering BACKUP STATE"), at(305, "sakura-b", "(path) Entering MASTER STATE")]

    assert of([], said)["virtual_ip_ms"] == 305.0


@pytest.mark.parametrize(
    ("part", "ms"),
    [
        ("detected_ms", 310.0),
        ("routers_first_ms", 311.0),
        ("routers_last_ms", 390.0),
        ("gateway_first_ms", 305.0),
        ("gateway_last_ms", 395.0),
        ("virtual_ip_ms", None),
        ("forward_lost_until_ms", 377.0),
        ("backward_lost_until_ms", None),
    ],
)
def test_a_runs_line_tells_where_its_time_went(part, ms):
    tables = {"aws-b": [320.0, 390.0], "sakura-a": [311.0, 312.0], "gateway": [305.0, 395.0]}
    told = {"detected_ms": 310.0, "detected_by": "", "virtual_ip_ms": None, "tables_ms": tables}
    found = parts({"stamps": told, "lost_ms": {"forward": [0.4, 377.0], "backward": []}})

    assert tuple(found) == PARTS
    assert found[part] == ms

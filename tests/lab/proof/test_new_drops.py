"""What was dropped while a proof ran is told once for each rule and each pair of hosts."""

from __future__ import annotations

from dataclasses import replace

from lab.fabric.drops import Drop
from lab.proof.broken import new_drops
from lab.proof.scene import STRANGER_ADDRESS

REPLY = Drop(
    hop="sakura-b",
    resource="filter",
    rule="does not admit tcp/40000",
    packets=3,
    source="192.0.2.10",
    destination="198.51.100.11",
    what="tcp/40000",
)


def test_only_what_was_dropped_since_counts() -> None:
    assert new_drops([REPLY], [replace(REPLY, packets=5)]) == (replace(REPLY, packets=2),)
    assert new_drops([REPLY], [REPLY]) == ()


def test_strangers_are_meant_to_be_dropped() -> None:
    assert new_drops([], [replace(REPLY, source=STRANGER_ADDRESS)]) == ()


def test_replies_to_many_tries_are_one_entry() -> None:
    again = replace(REPLY, what="tcp/40001", rule="does not admit tcp/40001")

    assert new_drops([], [REPLY, again]) == (replace(REPLY, packets=6),)


def test_ports_that_somebody_chose_are_told_apart() -> None:
    ssh, tunnels = replace(REPLY, what="tcp/22"), [replace(REPLY, what=f"udp/{port}") for port in (51820, 51821)]
    drops = [ssh, replace(ssh, what="tcp/443"), *tunnels]

    assert new_drops([], [replace(drop, rule=drop.what) for drop in drops]) == tuple(
        replace(drop, rule=drop.what) for drop in drops
    )

"""Packets that went in circles are counted between two readings."""

from __future__ import annotations

from lab.drills.loops import COUNTERS, expired, line, since


def test_the_kernels_own_words_are_read():
    assert expired(COUNTERS.read_text()) >= 0
    assert expired("Ip: Forwarding InReceives InHdrErrors\nIp: 1 900 7\nIcmp: InMsgs\nIcmp: 3\n") == 7


def test_what_was_dropped_before_does_not_count():
    assert since({"aws-a": 5, "gateway": 1}, {"aws-a": 8, "gateway": 1}) == {"aws-a": 3}


def test_a_router_that_booted_meanwhile_began_at_none():
    assert since({"aws-a": 50}, {"aws-a": 2}) == {"aws-a": 2}
    assert since({}, {"aws-a": 4}) == {"aws-a": 4}


def test_a_run_tells_their_sum_and_where_they_were_dropped():
    assert line({"aws-a": 2, "gateway": 1}) == {"looped": 3, "looped_at": {"aws-a": 2, "gateway": 1}}

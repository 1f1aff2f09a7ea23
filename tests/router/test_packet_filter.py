from __future__ import annotations

import socket

import pytest

from router import packet_filter

ONE, TWO, STRANGER = "10.253.0.3", "10.255.0.10", "10.253.0.4"


def packet(first: str, second: str) -> bytes:
    return b"head" + socket.inet_aton(first) + b"between" + socket.inet_aton(second)


@pytest.mark.parametrize(
    ("wanted", "handed_over"),
    [
        ([(4, (ONE,)), (15, (TWO,))], [(ONE, TWO)]),
        ([(15, (TWO,))], [(ONE, TWO), (TWO, TWO), (STRANGER, TWO)]),
        ([(4, (ONE, TWO))], [(ONE, TWO), (TWO, ONE), (TWO, TWO), (ONE, STRANGER)]),
        ([(4, (ONE, TWO)), (15, (ONE, STRANGER))], [(TWO, ONE), (ONE, STRANGER)]),
    ],
    ids=["both", "one of them", "one of two", "one of two at either place"],
)
def test_the_filter_hands_over_what_is_wanted_and_nothing_else(
    wanted: list[tuple[int, tuple[str, ...]]], handed_over: list[tuple[str, str]]
) -> None:
    """The kernel runs it over whole messages of a datagram socket pair."""
    sender, tap = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, tap:
        tap.setblocking(False)
        packet_filter.attach(tap, *wanted)
        sender.send(b"too short")
        for first, second in ((ONE, TWO), (TWO, ONE), (TWO, TWO), (STRANGER, TWO), (ONE, STRANGER), (STRANGER, ONE)):
            sender.send(packet(first, second))
        sender.send(b"end" * 9 + b"\0")

        heard = []
        while True:
            try:
                heard.append(tap.recv(100))
            except BlockingIOError:
                break
    assert heard == [packet(*addresses) for addresses in handed_over]

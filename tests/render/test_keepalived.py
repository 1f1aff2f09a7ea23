"""Who holds the virtual address, as the files of both siblings say it."""

from __future__ import annotations

import re

import pytest

from tests.render.stack import KEEPALIVED, lab_plan, text

A, B = "sakura-a", "sakura-b"
WORKS, SPARE, LOST = 0, 1, 2
GIVEN_UP = 0
"""A priority of zero or less: keepalived holds no address at all."""


def number(router: str, word: str) -> int:
    found = re.search(rf"^ *{word} (-?\d+)$", text(lab_plan(), router, KEEPALIVED), re.MULTILINE)
    assert found, word
    return int(found[1])


def priority(router: str, path: int) -> int:
    """The priority while the path file holds that number: keepalived adds the number times the weight."""
    return number(router, "priority") + path * number(router, "weight")


@pytest.mark.parametrize(
    ("a", "b", "holder"),
    [
        (WORKS, WORKS, A),
        (SPARE, WORKS, B),
        (LOST, WORKS, B),
        (WORKS, SPARE, A),
        (SPARE, SPARE, A),
        (LOST, SPARE, B),
        (WORKS, LOST, A),
        (SPARE, LOST, A),
        (LOST, LOST, A),
    ],
)
def test_the_better_path_holds_the_address_and_one_holds_it_always(a: int, b: int, holder: str) -> None:
    priorities = {A: priority(A, a), B: priority(B, b)}

    assert max(priorities, key=lambda router: priorities[router]) == holder
    assert min(priorities.values()) > GIVEN_UP


def test_siblings_call_each_other() -> None:
    a, b = text(lab_plan(), A, KEEPALIVED), text(lab_plan(), B, KEEPALIVED)

    assert "unicast_src_ip 172.16.0.2\n" in a
    assert "unicast_peer {\n    172.16.0.2\n" in b
    assert "unicast_src_ip 172.16.0.3\n" in b
    assert "unicast_peer {\n    172.16.0.3\n" in a


def test_siblings_agree_on_the_group_the_address_and_the_pace() -> None:
    words = re.compile(
        r"^ *(virtual_router_id|advert_int|172\.16\.0\.1/24|vrrp_version|init_file)\b(.*)$", re.MULTILINE
    )
    a, b = (words.findall(text(lab_plan(), router, KEEPALIVED)) for router in (A, B))

    assert a == b
    assert dict(a) == {
        "virtual_router_id": " 51",
        "advert_int": " 0.1",
        "172.16.0.1/24": " dev closed",
        "vrrp_version": " 3",
        "init_file": " 2",
    }


def test_a_lowered_priority_counts_at_once() -> None:
    assert not re.search(r"^ *nopreempt", text(lab_plan(), A, KEEPALIVED), re.MULTILINE)

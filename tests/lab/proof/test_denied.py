"""What passed though it must not: who let it in, and where packets were turned round."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lab.proof.capture import Sighting
from lab.proof.denied import let_in, let_through
from lab.proof.hops import HopMap
from lab.proof.result import DeniedResult

PLACES = {"host-app": "vpc:app", "gateway": "gateway", "aws-a": "aws-a", "site-shop": "site:shop", "closed": "sakura-a"}


def scene(**guards: str) -> Any:
    return SimpleNamespace(
        routers={"aws-a": {}, "sakura-a": {}},
        fabric=SimpleNamespace(guards=guards),
        resource=lambda hop: f"id of {hop}",
        hop_map=lambda: HopMap(places=PLACES, links={}),
    )


def result(target: str, *, blocked: bool) -> DeniedResult:
    return DeniedResult(source="stranger", target=target, port="tcp/22", blocked=blocked)


@pytest.mark.parametrize(
    ("guards", "rule"),
    [
        ({"aws-a": "sg-1"}, "sg-1 admits tcp/22 from anybody"),
        ({}, "id of aws-a, which nothing guards, admits tcp/22 from anybody"),
    ],
)
def test_who_let_a_stranger_in_is_named(guards: dict[str, str], rule: str) -> None:
    (found,) = let_in([result("aws-a", blocked=False), result("sakura-a", blocked=True)], scene(**guards))

    assert (found.hop, found.rule) == ("aws-a", rule)


def forbidden(source: str, target: str, delivered: set[int]) -> Any:
    flow = SimpleNamespace(number=7, delivered=delivered, target=SimpleNamespace(address="10.21.1.254"))
    return SimpleNamespace(source=SimpleNamespace(hop=source), target=SimpleNamespace(hop=target), udp=[flow])


def seen(*places: str) -> dict[tuple[int, bool], list[Sighting]]:
    return {(7, False): [Sighting(place, "eth0", False, 7, False, 17, 40007, 64) for place in places]}


def announcements(way: str = "") -> Any:
    return SimpleNamespace(way=lambda source, address: way and f"{way} for {source} > {address}")


def test_the_gateways_route_between_neighbours_is_named() -> None:
    known = announcements("rtb leads 10.21.0.0/20 to vpc:shared")
    (found,) = let_through([forbidden("vpc:app", "vpc:shared", {64})], seen("host-app", "gateway"), scene(), known)

    assert found.hop == "gateway"
    assert found.rule.startswith("rtb leads 10.21.0.0/20 to vpc:shared for vpc:app > 10.21.1.254")


@pytest.mark.parametrize(
    ("source", "target", "places", "hop"),
    [
        ("vpc:app", "vpc:shared", ("host-app", "gateway"), "gateway"),
        ("vpc:app", "vpc:shared", ("host-app", "gateway", "aws-a"), "aws-a"),
        ("site:shop", "site:plant", ("site-shop", "closed"), "sakura-a"),
    ],
)
def test_neighbours_that_reach_each_other_are_told_where_their_packets_turn(
    source: str, target: str, places: tuple[str, ...], hop: str
) -> None:
    (found,) = let_through([forbidden(source, target, {64})], seen(*places), scene(), announcements())

    assert (found.hop, found.rule) == (hop, f"id of {hop}: turns packets from {source} to {target}")


def test_neighbours_that_do_not_reach_each_other_are_nobodys_fault() -> None:
    flows = [forbidden("vpc:app", "vpc:shared", set())]

    assert list(let_through(flows, seen("host-app", "gateway"), scene(), announcements())) == []

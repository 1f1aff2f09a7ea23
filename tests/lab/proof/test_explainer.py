"""Why packets do not arrive: each flow is followed to where it stopped."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from lab.fabric.drops import Drop
from lab.proof.broken import Explainer
from lab.proof.capture import Sighting
from lab.proof.flows import Direction, Endpoint, FlowBook, Place, Protocol
from lab.proof.hops import HopMap, by_flow
from lab.proof.reach import Question
from lab.proof.result import Broken, Layer

ROUTERS = ("aws-a", "aws-b")
HOP_MAP = HopMap(places={name: name for name in ROUTERS}, links={})


@pytest.fixture
def direction() -> Direction:
    """Two UDP flows from a site to a VPC, neither of which arrives."""
    site, vpc = (
        Place(name=hop, hop=hop, endpoints=(Endpoint(hop=hop, netns=hop, address=address),))
        for hop, address in (("site:shop", "192.168.1.10"), ("vpc:app", "10.20.1.254"))
    )
    return FlowBook().direction(site, vpc, 2, tcp=False)


def explainer(drops: list[Drop], lost: tuple[Broken, ...] = ()) -> Explainer:
    scene: Any = SimpleNamespace(resource=lambda hop: hop, hops=lambda: ("aws-a", "gre:aws-a", "gateway", "vpc:app"))
    announcements: Any = SimpleNamespace(announced=lambda address: address, lost=lambda prefix: lost)
    return Explainer(scene, HOP_MAP, drops, announcements)


def explained(direction: Direction, drops: list[Drop], lost: tuple[Broken, ...] = ()) -> tuple[Broken, ...]:
    """Each flow was seen to enter the leg of another router."""
    seen = [
        Sighting(router, "gre-gateway", True, flow.number, False, Protocol.UDP.value, 40007, 64)
        for router, flow in zip(ROUTERS, direction.udp, strict=True)
    ]
    return explainer(drops, lost).direction("shop>app", direction, by_flow(seen), to_vpc=True)


def drop(hop: str, source: str = "10.255.0.10", destination: str = "10.254.0.1", what: str = "proto/47") -> Drop:
    return Drop(
        hop=hop, resource="rtb", rule="refuses", packets=1, source=source, destination=destination, what=what
    )  # fmt: skip


def test_the_rule_of_every_hop_where_a_flow_stopped_is_named(direction: Direction) -> None:
    found = explained(direction, [drop("gre:aws-a"), drop("gre:aws-b"), drop("gre:aws-a", what="icmp"), drop("aws-a")])

    assert [(one.hop, one.layer) for one in found] == [("gre:aws-a", Layer.RULE), ("gre:aws-b", Layer.RULE)]


def test_what_refuses_only_the_other_direction_is_no_reason(direction: Direction) -> None:
    found = explained(direction, [drop("gateway", "10.20.1.254", "192.168.1.10", "udp/40007")])

    assert [(one.hop, one.layer) for one in found] == [("gre:aws-a", Layer.PACKETS), ("gre:aws-b", Layer.PACKETS)]
    assert found[0].needs == (("aws-a",), ("gateway",))


def test_a_route_that_nobody_knows_is_the_reason_where_no_rule_is(direction: Direction) -> None:
    lost = Broken(hop="gateway", rule="has no route", seen="", layer=Layer.ROUTE)

    (found,) = set(explained(direction, [], (lost,)))

    assert (found.hop, found.paths) == ("gateway", ("shop>app",))


def question() -> Question:
    """A router asks for AWS, and nobody answers."""
    return Question(
        router="aws-a",
        argv=(),
        ends=(frozenset({"10.255.0.10", "203.0.113.10"}), frozenset({"192.0.2.10"})),
        unanswered=Broken(hop="aws-a", rule="reaches no AWS API", seen="", layer=Layer.LINK),
    )


@pytest.mark.parametrize(
    ("drops", "said"),
    [
        ([], ("aws-a", "reaches no AWS API", Layer.LINK, ())),
        ([drop("aws-b", "10.255.0.99", "192.0.2.10")], ("aws-a", "reaches no AWS API", Layer.LINK, ())),
        ([drop("aws-a", "192.0.2.10", "203.0.113.10", "tcp/50123")], ("aws-a", "rtb refuses", Layer.RULE, ())),
        (
            [replace(drop("gateway", "10.255.0.10", "192.0.2.10"), is_of_routes=True)],
            ("gateway", "rtb refuses", Layer.ROUTE, (("aws-a",),)),
        ),
    ],
    ids=["nothing was refused", "another's packets", "an answer", "no route"],
)
def test_what_refused_a_question_or_its_answer_is_named_and_a_missing_route_follows_from_the_asker(
    drops: list[Drop], said: tuple[object, ...]
) -> None:
    (found,) = explainer(drops).unanswered(question())

    assert (found.hop, found.rule, found.layer, found.needs) == said

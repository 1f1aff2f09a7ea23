"""Why packets do not arrive: each flow is followed to where it stopped."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lab.fabric.drops import Drop
from lab.proof.broken import Explainer
from lab.proof.capture import Sighting
from lab.proof.flows import Direction, Endpoint, FlowBook, Place, Protocol
from lab.proof.hops import HopMap, by_flow
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


def explained(direction: Direction, drops: list[Drop], lost: tuple[Broken, ...] = ()) -> tuple[Broken, ...]:
    """Each flow was seen to enter the leg of another router."""
    scene: Any = SimpleNamespace(resource=lambda hop: hop, hops=lambda: ("aws-a", "gre:aws-a", "gateway", "vpc:app"))
    announcements: Any = SimpleNamespace(announced=lambda address: address, lost=lambda prefix: lost)
    seen = [
        Sighting(router, "gre-gateway", True, flow.number, False, Protocol.UDP.value, 40007, 64)
        for router, flow in zip(ROUTERS, direction.udp, strict=True)
    ]
    explainer = Explainer(scene, HOP_MAP, drops, announcements)
    return explainer.direction("shop>app", direction, by_flow(seen), to_vpc=True)


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

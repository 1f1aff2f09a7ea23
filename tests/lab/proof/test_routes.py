"""Where the announcement of a prefix is lost, from what routers and gateway tables say themselves."""

from __future__ import annotations

from ipaddress import IPv4Network
from types import SimpleNamespace
from typing import Any

import pytest

from lab.fabric.observe import GatewayRoute
from lab.proof.facts import NodeFacts
from lab.proof.routes import Announcements

VPC, SITE = "10.20.0.0/20", "192.168.1.0/24"


def router(name: str, *routes: str) -> NodeFacts:
    nothing: dict[str, Any] = {k: {} for k in ("bgp", "bfd", "handshake_age_s", "listen_ports", "devices")}
    return NodeFacts(
        name=name, has_bundle=True, bundle_version="1", last="", wanted_bgp=(), wanted_bfd=(),
        failed_units=(), routes=routes, wanted_prefixes=(VPC, SITE), **nothing,
    )  # fmt: skip


def announcements(tables: dict[str, list[str]], *facts: NodeFacts, bgp: bool = False) -> Announcements:
    site = SimpleNamespace(name="shop", bgp=bgp, prefixes=(IPv4Network(SITE),))
    scene: Any = SimpleNamespace(
        world=SimpleNamespace(sites=[site]),
        outputs={"vpc_attachment_ids": {"app": "a"}},
        routers=("aws-a", "aws-b", "sakura-a"),
        resource=lambda hop: hop,
    )
    state: Any = SimpleNamespace(
        lookups={"connect": "rtb-connect", "vpc:app": "rtb-vpcs", "vpc:router": "rtb-transport"},
        tables={
            name: tuple(GatewayRoute(destination=d, next_hops=("vpc:app",)) for d in routes)
            for name, routes in tables.items()
        },
    )
    return Announcements(scene, {f.name: f for f in facts}, state)


ALL = {"rtb-connect": [VPC], "rtb-vpcs": [SITE]}


def test_nothing_is_lost_when_everybody_knows_the_way() -> None:
    assert announcements(ALL, router("aws-a", VPC, SITE), router("sakura-a", VPC, "192.168.0.0/16")).findings() == ()


@pytest.mark.parametrize(
    ("tables", "facts", "hop", "says"),
    [
        ({**ALL, "rtb-connect": []}, [router("aws-a", SITE), router("sakura-a", SITE)], "gateway", "rtb-connect"),
        (ALL, [router("aws-a", VPC), router("sakura-a", VPC, SITE)], "aws-a", f"no route to {SITE}"),
        (ALL, [router("aws-a", SITE), router("sakura-a", SITE)], "aws-a", f"no route to {VPC}"),
        (ALL, [router("aws-a", VPC, SITE), router("sakura-a", SITE)], "sakura-a", f"no route to {VPC}"),
        (ALL, [router("aws-a", VPC), router("sakura-a", VPC, "default")], "sakura-a", f"no route to {SITE}"),
    ],
)  # fmt: skip
def test_the_first_who_does_not_know_the_way_is_named(
    tables: dict[str, list[str]], facts: list[NodeFacts], hop: str, says: str
) -> None:
    found = announcements(tables, *facts).findings()

    assert [finding.hop for finding in found] == [hop]
    assert says in found[0].rule


def test_a_site_that_should_announce_itself_is_named() -> None:
    found = announcements(ALL, router("sakura-a", VPC), bgp=True).findings()

    assert [finding.hop for finding in found] == ["site:shop"]

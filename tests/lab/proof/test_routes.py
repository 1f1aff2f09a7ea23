"""Where the announcement of a prefix is lost, from what routers and gateway tables say themselves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from types import SimpleNamespace
from typing import Any

import pytest

from lab.fabric.observe import GatewayRoute
from lab.proof.facts import NodeFacts
from lab.proof.routes import Announcements

VPC, SITE = "10.20.0.0/20", "192.168.1.0/24"


def router(name: str, *routes: str, ways: dict[str, tuple[str, ...]] | None = None) -> NodeFacts:
    nothing: dict[str, Any] = {k: {} for k in ("bgp", "bfd", "handshake_age_s", "listen_ports", "devices")}
    return NodeFacts(
        name=name, has_bundle=True, bundle_version="1", last="", wanted_bgp=(), wanted_bfd=(),
        failed_units=(), routes=routes, wanted_prefixes=(VPC, SITE), ways=ways or {}, **nothing,
    )  # fmt: skip


def announcements(
    tables: dict[str, list[str]], *facts: NodeFacts, bgp: bool = False, site_routes: tuple[str, ...] = (VPC,)
) -> Announcements:
    """Routes of a table may name where they lead to: `192.168.1.0/24 gre:aws-a`."""
    site = SimpleNamespace(name="shop", bgp=bgp, prefixes=(IPv4Network(SITE),))
    scene: Any = SimpleNamespace(
        world=SimpleNamespace(sites=[site]),
        outputs={"vpc_attachment_ids": {"app": "a"}, "gateway_route_table_ids": {"vpcs": "rtb-vpcs"}},
        routers=("aws-a", "aws-b", "sakura-a"),
        resource=lambda hop: hop,
        fabric=SimpleNamespace(
            vpcs=[
                SimpleNamespace(name=name, cidrs=[IPv4Network(cidr)])
                for name, cidr in (("app", VPC), ("shared", "10.21.0.0/20"))
            ]
        ),
    )
    state: Any = SimpleNamespace(
        site_routes={"shop": site_routes} if bgp else {},
        lookups={"connect": "rtb-connect", "vpc:app": "rtb-vpcs", "vpc:router": "rtb-transport"},
        tables={
            name: tuple(
                GatewayRoute(destination=route.split()[0], next_hops=tuple(route.split()[1:]) or ("vpc:app",))
                for route in routes
            )
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
        ({**ALL, "rtb-vpcs": []}, [router("aws-a", VPC, SITE)], "gateway", f"rtb-vpcs has no route to {SITE}"),
        ({**ALL, "rtb-connect": []}, [router("aws-a", VPC, SITE)], "gateway", f"rtb-connect has no route to {VPC}"),
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


def test_a_site_that_was_told_of_no_vpc_is_named() -> None:
    facts = (router("aws-a", VPC, SITE), router("sakura-a", VPC, SITE))

    (found,) = announcements(ALL, *facts, bgp=True, site_routes=("default", SITE)).findings()

    assert (found.hop, found.rule) == ("site:shop", f"site:shop: has no route to {VPC}")
    assert announcements(ALL, *facts, bgp=True).findings() == ()


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"rtb-connect": [f"{VPC} vpc:shared"]}, f"rtb-connect leads {VPC} to vpc:shared"),
        ({"rtb-connect": [VPC, "10.20.0.0/24 blackhole"]}, "rtb-connect leads 10.20.0.0/24, a part of 10.20.0.0/20"),
        ({"rtb-connect": [VPC, "10.20.8.0/24 gre:aws-a"]}, "to gre:aws-a"),
        ({"rtb-vpcs": [f"{SITE} gre:aws-a", "192.168.1.128/25 vpc:app"]}, "rtb-vpcs leads 192.168.1.128/25"),
        ({"rtb-vpcs": [f"{SITE} gre:aws-a vpc:app"]}, f"rtb-vpcs leads {SITE}"),
    ],
)
def test_a_route_that_leads_a_part_of_a_prefix_elsewhere_is_named(tables: dict[str, list[str]], says: str) -> None:
    (found,) = announcements(tables, router("aws-a", VPC, SITE)).strays()

    assert (found.hop, says in found.rule) == ("gateway", True), found.rule


def test_halves_of_a_prefix_by_one_router_and_the_blackholes_around_it_are_no_strays() -> None:
    routes = [
        f"{SITE} gre:aws-a gre:aws-b",
        "192.168.1.0/25 gre:aws-a",
        "192.168.0.0/16 blackhole",
        "default blackhole",
    ]

    assert announcements({"rtb-vpcs": routes, "rtb-connect": [VPC]}, router("aws-a", VPC, SITE)).strays() == ()


def test_a_private_range_that_the_gateway_does_not_refuse_is_named() -> None:
    routes = ["10.0.0.0/8 blackhole", "172.16.0.0/12 gre:aws-a", "192.168.0.0/16 blackhole"]

    (found,) = announcements({"rtb-vpcs": routes}, router("aws-a")).unrefused()

    assert (found.hop, found.rule) == ("gateway", "rtb-vpcs has no blackhole for 172.16.0.0/12")
    assert found.seen == "it leads 172.16.0.0/12 to gre:aws-a"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("vpc:app", "rtb-vpcs leads 10.21.8.0/24 to vpc:shared"),
        ("site:shop", "rtb-connect leads 10.21.0.0/20 to vpc:shared"),
        ("vpc:gone", ""),
    ],
)
def test_the_route_that_packets_follow_at_the_gateway_is_the_longest_of_their_table(source: str, says: str) -> None:
    tables = {
        "rtb-vpcs": ["default blackhole", "10.0.0.0/8 blackhole", "10.21.8.0/24 vpc:shared", "10.21.0.0/20 vpc:app"],
        "rtb-connect": ["10.21.0.0/20 vpc:shared"],
    }

    assert announcements(tables).way(source, IPv4Address("10.21.8.9")) == says


@pytest.mark.parametrize(
    ("devices", "missed"),
    [
        (("wg-aws-a-0", "wg-aws-b-0"), []),
        (("wg-aws-a-1", "wg-aws-b-0", "wg-aws-b-1"), []),
        (("wg-aws-b-0",), ["aws-a"]),
        (("internet",), []),
    ],
)
def test_a_sakura_router_that_leaves_an_aws_router_out_is_named(devices: tuple[str, ...], missed: list[str]) -> None:
    seen = announcements(ALL, router("sakura-a", VPC, ways={VPC: devices})).narrowed()

    assert [(b.hop, b.rule) for b in seen] == [
        ("sakura-a", f"sakura-a: sends nothing for {VPC} to {leg}") for leg in missed
    ]


def test_an_aws_router_has_one_way_to_a_vpc() -> None:
    seen = announcements(ALL, router("aws-a", VPC, ways={VPC: ("wg-sakura-a-0",)})).narrowed()

    assert list(seen) == []

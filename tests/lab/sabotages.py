"""The sabotages of the lab's own tests: one thing is changed in what was deployed, and the lab has to name it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.lab.edits import CloudsFile, instead, without

AWS_A_KEY = "keys-aws-a-private-key-1"


@dataclass(frozen=True, kw_only=True)
class Sabotage:
    """One change, and where the lab must see it."""

    name: str
    edit: Callable[[CloudsFile], object]
    hop: str
    says: str
    """What the rule or what was seen of that hop must hold."""
    rebuild: tuple[str, ...] = ()
    """Routers that meet the change only when they boot."""
    is_in_every_run: bool = False
    """The others are for `SABOTAGES=all`: each waits until nothing more can come up."""


def _closed(clouds: CloudsFile) -> None:
    closed = [{"protocol": "ip", "allow": False}]
    clouds.change("PacketFilter", "routers-sakura-b", expressions=closed)


def _no_replies(clouds: CloudsFile) -> None:
    rules = clouds.find("PacketFilter", "routers-sakura-b")["inputs"]["expressions"]
    kept = [rule for rule in rules if rule.get("sourcePort") != "443"]
    clouds.change("PacketFilter", "routers-sakura-b", expressions=kept)


def _bundle_of_the_other(clouds: CloudsFile) -> None:
    other = clouds.find("BucketObjectv2", "aws-a")["inputs"]["contentBase64"]
    clouds.bundle("aws-b", base64.b64decode(other))


def _may_read_nothing(clouds: CloudsFile) -> None:
    clouds.change("RolePolicy", "routers-aws-b", policy='{"Version": "2012-10-17", "Statement": []}')


def _no_virtual_address(clouds: CloudsFile) -> None:
    for router in ("sakura-a", "sakura-b"):
        clouds.files(router, "etc/keepalived/keepalived.conf", without(r"^    172\.16\.0\.1/24 dev closed\n"))


def _mtu_too_large(clouds: CloudsFile) -> None:
    for zone in "ab":
        clouds.files("sakura-a", f"etc/wireguard/wg-aws-{zone}-0.conf", instead(r"^MTU = 1440$", "MTU = 1480"))


SABOTAGES = (
    Sabotage(
        name="no rule for protocol 47",
        is_in_every_run=True,
        edit=lambda clouds: clouds.remove("SecurityGroupIngressRule", "routers-aws-b-in-gre"),
        hop="gre:aws-b",
        says="has no inbound rule for proto/47",
    ),
    Sabotage(
        name="no route to the gateway's CIDR",
        edit=lambda clouds: clouds.remove("Route", "router-vpc-gateway"),
        hop="gre:aws-b",
        says="has no route to 10.254.0",
    ),
    Sabotage(
        name="wrong Connect peer ASN",
        is_in_every_run=True,
        edit=lambda clouds: clouds.change("ConnectPeer", "connect-aws-b", bgpAsn="64999"),
        hop="gre:aws-b",
        says="0 of 2 BGP sessions",
    ),
    Sabotage(
        name="wrong peer address",
        edit=lambda clouds: clouds.change("ConnectPeer", "connect-aws-b", peerAddress="10.255.0.99"),
        hop="gre:aws-b",
        says="10.255.0",
    ),
    Sabotage(
        name="no propagation",
        is_in_every_run=True,
        edit=lambda clouds: clouds.remove("RouteTablePropagation", "app-connect"),
        hop="gateway",
        says="10.20.",
    ),
    Sabotage(
        name="Connect associated with the wrong table",
        is_in_every_run=True,
        edit=lambda clouds: clouds.move(
            "RouteTableAssociation",
            "connect",
            "connect-moved",
            "transitGatewayRouteTableId",
            clouds.find("RouteTable", "gateway-vpcs")["id"],
        ),
        hop="gateway",
        says="10.2",
    ),
    Sabotage(
        name="no return route in a VPC",
        is_in_every_run=True,
        edit=lambda clouds: clouds.remove("Route", "app-hosts-192.168.0.0-16"),
        hop="vpc:app",
        says="has no route to 192.168.",
    ),
    Sabotage(
        name="replies not admitted by the packet filter",
        edit=_no_replies,
        hop="sakura-b",
        says="does not admit tcp/",
        rebuild=("sakura-b",),
    ),
    Sabotage(
        name="packet filter closed",
        edit=_closed,
        hop="tunnel:sakura-b/aws-a",
        says="does not admit udp/51824",
    ),
    Sabotage(
        name="no default route to the Internet gateway",
        edit=lambda clouds: clouds.remove("Route", "router-vpc-internet"),
        hop="tunnel:sakura-a/aws-a",
        says="has no route to 198.51.100.",
    ),
    Sabotage(
        name="graceful restart offered to the gateway",
        edit=lambda clouds: clouds.files(
            "aws-b",
            "etc/frr/frr.conf",
            instead(
                r"^ bgp graceful-restart-disable$", " bgp graceful-restart\n bgp graceful-restart preserve-fw-state"
            ),
        ),
        hop="gre:aws-b",
        says="graceful restart",
        rebuild=("aws-b",),
    ),
    Sabotage(
        name="virtual address missing",
        edit=_no_virtual_address,
        hop="closed-network",
        says="172.16.0.1",
        rebuild=("sakura-a", "sakura-b"),
    ),
    Sabotage(
        name="swapped keys",
        edit=lambda clouds: clouds.swap("Parameter", AWS_A_KEY, "keys-aws-b-private-key-1", "value"),
        hop="tunnel:sakura-a/aws-a",
        says="hears nothing of",
        rebuild=("aws-a", "aws-b"),
    ),
    Sabotage(
        name="two tunnels on one port",
        edit=lambda clouds: clouds.files(
            "aws-a", "etc/wireguard/wg-sakura-b-0.conf", instead(r"^ListenPort = .*$", "ListenPort = 51820")
        ),
        hop="aws-a",
        says="wg-quick@wg-sakura-",
        rebuild=("aws-a",),
    ),
    Sabotage(
        name="MTU above the path",
        edit=_mtu_too_large,
        hop="tunnel:sakura-a/aws-a",
        says="bytes",
        rebuild=("sakura-a",),
    ),
    Sabotage(
        name="a bundle of one router given to the other",
        edit=_bundle_of_the_other,
        hop="aws-b",
        says="bundle",
        rebuild=("aws-b",),
    ),
    Sabotage(
        name="a role that may not read its parameter",
        edit=_may_read_nothing,
        hop="aws-b",
        says="not authorized to perform",
        rebuild=("aws-b",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class World:
    """A site that is not as the plan says, and where the lab must see it."""

    name: str
    edit: Callable[[list[dict[str, Any]]], object]
    """Changes the world's sites, sorted by id: store-001, plant-01 (BGP), store-002."""
    hop: str
    says: str


WORLDS = (
    World(
        name="a site with another prefix",
        edit=lambda sites: sites[0].update(prefixes=["192.168.9.0/24"]),
        hop="vpc:app",
        says="192.168.9",
    ),
    World(
        name="a site with another ASN",
        edit=lambda sites: sites[1]["bgp"].update(asn=65102),
        hop="site:plant-01",
        says="has no BGP session to 172.16.0.20",
    ),
    World(
        name="a site with another address",
        edit=lambda sites: sites[1]["bgp"].update(address="172.16.0.21"),
        hop="site:plant-01",
        says="has no BGP session to 172.16.0.2",
    ),
)

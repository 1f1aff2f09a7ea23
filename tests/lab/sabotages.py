"""The sabotages of the lab's own tests: things changed in what was deployed or in the world, each to be named."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.lab.edits import CloudsFile, instead, without

AWS_A_KEY = "keys-aws-a-private-key-1"


@dataclass(frozen=True, kw_only=True)
class Sabotage:
    """One change, and where the lab must see it."""

    name: str
    hop: str
    """Or a pattern of hops."""
    says: str
    """What the rule or what was seen of that hop must hold."""
    edit: Callable[[CloudsFile], object] = lambda clouds: None
    sites: Callable[[list[dict[str, Any]]], object] = lambda sites: None
    """Changes the world's sites, sorted by id: store-001, plant-01 (BGP), store-002."""
    rebuild: tuple[str, ...] = ()
    """Routers that meet the change only when they boot."""

    def is_named_by(self, broken: Mapping[str, Any]) -> bool:
        """Whether an entry of `broken` is this one's."""
        return fnmatchcase(broken["hop"], self.hop) and self.says in f"{broken['rule']} {broken['seen']}"


def _closed(clouds: CloudsFile) -> None:
    closed = [{"protocol": "ip", "allow": False}]
    clouds.change("PacketFilter", "routers-sakura-b", expressions=closed)


def no_replies(clouds: CloudsFile) -> None:
    """Takes AWS's API away from sakura-b: its packet filter no longer admits what answers to it."""
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


_ALL = (
    Sabotage(
        name="no rule for protocol 47",
        edit=lambda clouds: clouds.remove("SecurityGroupIngressRule", "routers-aws-b-in-gre"),
        hop="gre:aws-b",
        says="has no inbound rule for proto/47",
    ),
    Sabotage(
        name="no route to the gateway's CIDR",
        edit=lambda clouds: clouds.remove("Route", "router-vpc-gateway"),
        hop="gre:aws-?",
        says="has no route to 10.254.0",
    ),
    Sabotage(
        name="wrong Connect peer ASN",
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
        edit=lambda clouds: clouds.remove("RouteTablePropagation", "vpc-1-connect"),
        hop="gateway",
        says="10.20.",
    ),
    Sabotage(
        name="a static route of the gateway to another VPC",
        edit=lambda clouds: clouds.change(
            "Route",
            "gateway-connect-10.0.0.0-8",
            blackhole=False,
            destinationCidrBlock="10.21.0.0/20",
            transitGatewayAttachmentId=clouds.find("VpcAttachment", "vpc-1")["id"],
        ),
        hop="gateway",
        says="leads 10.21.0.0/20 to vpc:app",
    ),
    Sabotage(
        name="Connect associated with the wrong table",
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
        edit=lambda clouds: clouds.remove("Route", "vpc-1-hosts-192.168.0.0-16"),
        hop="vpc:app",
        says="has no route to 192.168.",
    ),
    Sabotage(
        name="replies not admitted by the packet filter",
        edit=no_replies,
        hop="sakura-b",
        says="does not admit tcp/",
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
    Sabotage(
        name="an activation that has expired",
        edit=lambda clouds: clouds.change("Activation", "sakura-b", expirationDate="2020-01-01T00:00:00Z"),
        hop="sakura-b",
        says="has expired",
        rebuild=("sakura-b",),
    ),
    Sabotage(
        name="a gateway with another CIDR",
        edit=lambda clouds: clouds.change("TransitGateway", "gateway", transitGatewayCidrBlocks=["10.253.0.0/24"]),
        hop="gre:aws-?",
        says="lies outside the gateway's 10.253.0.0/24",
    ),
    Sabotage(
        name="a site with another prefix",
        sites=lambda sites: sites[0].update(prefixes=["192.168.9.0/24"]),
        hop="sakura-a",
        says="has no route to 192.168.9.",
    ),
    Sabotage(
        name="a site with another ASN",
        sites=lambda sites: sites[1]["bgp"].update(asn=65102),
        hop="site:plant-01",
        says="has no BGP session to 172.16.0.20",
    ),
    Sabotage(
        name="a site with another address",
        sites=lambda sites: sites[1]["bgp"].update(address="172.16.0.21"),
        hop="site:plant-01",
        says="has no BGP session to 172.16.0.2",
    ),
)

_BY_NAME = {sabotage.name: sabotage for sabotage in _ALL}

SABOTAGES = tuple(
    tuple(_BY_NAME[name] for name in names)
    for names in (
        (
            "wrong Connect peer ASN",
            "no return route in a VPC",
            "a site with another ASN",
            "a static route of the gateway to another VPC",
        ),
        ("no rule for protocol 47", "a site with another prefix", "packet filter closed"),
        ("wrong peer address", "a site with another address", "replies not admitted by the packet filter"),
        ("Connect associated with the wrong table", "no default route to the Internet gateway"),
        ("no propagation", "graceful restart offered to the gateway", "MTU above the path"),
        ("no route to the gateway's CIDR", "virtual address missing", "a role that may not read its parameter"),
        ("swapped keys",),
        (
            "two tunnels on one port",
            "a bundle of one router given to the other",
            "an activation that has expired",
            "a gateway with another CIDR",
        ),
    )
)
"""Those that are of different hops, none of which stands on the other, are made at once and must all be named.

A router that was rebuilt for one is rebuilt for the next: whoever cuts routers off comes before those.
"""

"""The Transit Gateway as the fabric builds it: attachments, Connect peers, and which table each of them looks up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypedDict

from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.fabric import names
from lab.fabric.ec2 import tag
from lab.fabric.inventory import Finding
from lab.fabric.vpc import Vpc

_DEFAULT_ASN = 64512


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A Connect peer: GRE and two BGP sessions with one router."""

    id: str
    name: str
    """The router's, where its tag or its address tells."""
    router_address: str
    gateway_address: str
    """GRE outer addresses."""
    inside: IPv4Network
    router_asn: int

    @property
    def device(self) -> str:
        """The tunnel's device in the gateway's namespace."""
        return names.device("gre", self.name)

    @property
    def inside_router(self) -> IPv4Address:
        """The router's BGP address."""
        return self.inside[1]

    @property
    def inside_gateway(self) -> tuple[IPv4Address, IPv4Address]:
        """The gateway's two BGP addresses."""
        return self.inside[2], self.inside[3]


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """What both kinds of attachment have in common."""

    id: str
    associated: str | None
    """The table that its packets are looked up in; None: they are dropped."""
    propagated: tuple[str, ...]
    """Tables that its routes go into."""


@dataclass(frozen=True, kw_only=True)
class VpcAttachment(Attachment):
    """A VPC at the gateway."""

    vpc: Vpc


@dataclass(frozen=True, kw_only=True)
class ConnectAttachment(Attachment):
    """Connect peers, carried by a VPC attachment."""

    transport_id: str
    peers: tuple[Peer, ...]


@dataclass(frozen=True, kw_only=True)
class StaticRoute:
    """A static route of a gateway table."""

    table_id: str
    destination: str
    attachment_id: str | None
    """None: blackhole."""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """One Transit Gateway."""

    id: str
    netns: str
    asn: int
    cidrs: tuple[IPv4Network, ...]
    """Where the addresses that it takes GRE at lie."""
    tables: tuple[str, ...]
    vpcs: tuple[VpcAttachment, ...]
    connects: tuple[ConnectAttachment, ...]
    statics: tuple[StaticRoute, ...]

    def vpc_attachment(self, attachment_id: str | None) -> VpcAttachment | None:
        """The VPC attachment with this id, if there is one."""
        return next((attachment for attachment in self.vpcs if attachment.id == attachment_id), None)

    def findings(self) -> tuple[Finding, ...]:
        """Attachments that look nothing up, Connects whose transport is missing, and peers at no address of its own."""
        all_: tuple[Attachment, ...] = (*self.vpcs, *self.connects)
        lacks = [
            Finding(hop="gateway", resource=a.id, rule="is associated with no route table")
            for a in all_
            if not a.associated
        ]
        for connect in self.connects:
            if self.vpc_attachment(connect.transport_id) is None:
                rule = f"its transport attachment {connect.transport_id!r} does not exist"
                lacks.append(Finding(hop="gateway", resource=connect.id, rule=rule))
            for peer in connect.peers:
                if not any(IPv4Address(peer.gateway_address) in cidr for cidr in self.cidrs):
                    blocks = ", ".join(map(str, self.cidrs)) or "no CIDR block"
                    rule = f"its gateway address {peer.gateway_address} lies outside the gateway's {blocks}"
                    lacks.append(Finding(hop=f"gre:{peer.name}", resource=peer.id, rule=rule))
        return tuple(lacks)


def gateways(clouds: Clouds, vpcs: Iterable[Vpc]) -> tuple[Gateway, ...]:
    """Every Transit Gateway; the one with Connect peers, or else the first, is called `gateway`."""
    resources = clouds.of("aws:ec2transitgateway/transitGateway:TransitGateway")
    connects = clouds.of("aws:ec2transitgateway/connect:Connect")
    carriers = {connect.outputs.get("transitGatewayId") for connect in connects}
    ordered = sorted(resources, key=lambda gateway: (gateway.id not in carriers, gateway.id))
    places = tuple(vpcs)
    return tuple(
        _gateway(clouds, resource, "gateway" if position == 0 else f"gateway-{names.digest(resource.id)[:6]}", places)
        for position, resource in enumerate(ordered)
    )


def _gateway(clouds: Clouds, gateway: Resource, netns: str, vpcs: tuple[Vpc, ...]) -> Gateway:
    asn = int(gateway.outputs.get("amazonSideAsn") or _DEFAULT_ASN)
    tables = clouds.of("aws:ec2transitgateway/routeTable:RouteTable")
    own = {table.id for table in tables if table.outputs.get("transitGatewayId") == gateway.id}
    defaults = {gateway.outputs.get(f"{kind}DefaultRouteTableId") for kind in ("association", "propagation")}
    joined = _Joined(clouds, gateway)
    attached = tuple(
        VpcAttachment(id=link.attachment_id, vpc=vpc, **joined.of(link.attachment_id))
        for vpc in vpcs
        if (link := vpc.gateway_link) and link.gateway_id == gateway.id
    )
    connects = clouds.of("aws:ec2transitgateway/connect:Connect")
    used = {a.associated for a in attached} | {joined.of(c.id)["associated"] for c in connects}
    known = own | {str(id_) for id_ in (defaults & used) if id_}
    return Gateway(
        id=gateway.id,
        netns=netns,
        asn=asn,
        cidrs=tuple(IPv4Network(block) for block in gateway.outputs.get("transitGatewayCidrBlocks") or ()),
        tables=tuple(sorted(known)),
        vpcs=attached,
        connects=tuple(
            _connect(clouds, connect, asn, attached, joined)
            for connect in connects
            if connect.outputs.get("transitGatewayId") == gateway.id
        ),
        statics=tuple(route for route in _statics(clouds) if route.table_id in known),
    )


class _Tables(TypedDict):
    associated: str | None
    propagated: tuple[str, ...]


class _Joined:
    """Which tables an attachment is associated with and propagates into, the gateway's defaults included."""

    def __init__(self, clouds: Clouds, gateway: Resource) -> None:
        self._clouds, self._gateway = clouds, gateway
        self._associated = self._pairs("Association")
        self._propagated = self._pairs("Propagation")

    def of(self, attachment_id: str) -> _Tables:
        """`associated` and `propagated` of an attachment."""
        associated = [*self._associated.get(attachment_id, ()), *self._default(attachment_id, "Association")]
        propagated = [*self._propagated.get(attachment_id, ()), *self._default(attachment_id, "Propagation")]
        return {"associated": associated[0] if associated else None, "propagated": tuple(sorted(set(propagated)))}

    def _pairs(self, kind: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for pair in self._clouds.of(f"aws:ec2transitgateway/routeTable{kind}:RouteTable{kind}"):
            values = pair.outputs
            found.setdefault(values["transitGatewayAttachmentId"], []).append(values["transitGatewayRouteTableId"])
        return found

    def _default(self, attachment_id: str, kind: str) -> list[str]:
        try:
            attachment = self._clouds.get(attachment_id)
        except KeyError:
            return []
        if self._gateway.outputs.get(f"defaultRouteTable{kind}") == "disable":
            return []
        if attachment.outputs.get(f"transitGatewayDefaultRouteTable{kind}") is False:
            return []
        table = self._gateway.outputs.get(f"{kind.lower()}DefaultRouteTableId")
        return [str(table)] if table else []


def _connect(
    clouds: Clouds, connect: Resource, asn: int, attached: tuple[VpcAttachment, ...], joined: _Joined
) -> ConnectAttachment:
    transport_id = str(connect.outputs.get("transportAttachmentId"))
    transport = next((attachment.vpc for attachment in attached if attachment.id == transport_id), None)
    holders = {address: eni.netns for eni in transport.enis for address in eni.addresses} if transport else {}
    peers = clouds.of("aws:ec2transitgateway/connectPeer:ConnectPeer")
    own = [peer for peer in peers if peer.outputs.get("transitGatewayAttachmentId") == connect.id]
    called = {peer.id: tag(peer, "Name") or holders.get(str(peer.outputs["peerAddress"]), peer.id) for peer in own}
    labels = names.distinct(called)
    return ConnectAttachment(
        id=connect.id,
        transport_id=transport_id,
        peers=tuple(_peer(peer, labels[peer.id], asn) for peer in own),
        **joined.of(connect.id),
    )


def _peer(peer: Resource, name: str, gateway_asn: int) -> Peer:
    values: Mapping[str, object] = peer.outputs
    blocks = peer.outputs["insideCidrBlocks"]
    return Peer(
        id=peer.id,
        name=name,
        router_address=str(values["peerAddress"]),
        gateway_address=str(values["transitGatewayAddress"]),
        inside=next(IPv4Network(block) for block in blocks if ":" not in block),
        # Without an ASN the gateway takes its own, and speaks iBGP.
        router_asn=int(str(values.get("bgpAsn") or gateway_asn)),
    )


def _statics(clouds: Clouds) -> list[StaticRoute]:
    return [
        StaticRoute(
            table_id=route.outputs["transitGatewayRouteTableId"],
            destination=route.outputs["destinationCidrBlock"],
            attachment_id=None if route.outputs.get("blackhole") else route.outputs.get("transitGatewayAttachmentId"),
        )
        for route in clouds.of("aws:ec2transitgateway/route:Route")
    ]

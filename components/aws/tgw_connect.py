"""Transit Gateway Connect: GRE and BGP between the gateway and the routers of a VPC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.gateway_tables import join_tables
from topology.links import ConnectPeer


@dataclass(frozen=True, kw_only=True)
class TgwConnectAttachmentArgs:
    """The gateway, what carries GRE to it, and the routers it speaks BGP with."""

    gateway_id: pulumi.Input[str]
    """The Transit Gateway, `tgw-...`; it has a CIDR block of its own, or it refuses peers."""
    transport_attachment_id: pulumi.Input[str]
    """The gateway's attachment of the VPC that the routers stand in, `tgw-attach-...`."""
    route_table_id: pulumi.Input[str]
    """The gateway's table that answers for packets from the routers, `tgw-rtb-...`."""
    announce_to: Mapping[str, pulumi.Input[str]]
    """The gateway's tables that hear what the routers announce, by a key that never changes: it names children."""
    peers: Mapping[str, ConnectPeer]
    """By router, whose name is part of children's names; at most four to an attachment (Transit Gateway quotas)."""
    router_asn: int
    """ASN of every peer: the gateway spreads flows over equal AS paths only.
    Without it AWS takes the gateway's own ASN and speaks iBGP (CreateTransitGatewayConnectPeer)."""


class TgwConnectAttachment(pulumi.ComponentResource):
    """Carries BGP between a Transit Gateway and the routers of one VPC over GRE.

    Each router has one GRE tunnel and two BGP sessions: `ConnectPeer` says between which addresses.
    The routers themselves, their GRE, BGP and security groups, are not made here.
    """

    attachment_id: pulumi.Output[str]
    """The Connect attachment, `tgw-attach-...`."""
    peer_ids: Mapping[str, pulumi.Output[str]]
    """Connect peers by router, `tgw-connect-peer-...`."""

    def __init__(self, name: str, args: TgwConnectAttachmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:TgwConnectAttachment", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        attachment = aws.ec2transitgateway.Connect(
            name,
            transit_gateway_id=args.gateway_id,
            transport_attachment_id=args.transport_attachment_id,
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags={"Name": name},
            opts=child,
        )
        join_tables(
            name,
            attachment,
            associated=args.route_table_id,
            propagated=args.announce_to,
            opts=child,
        )
        self.attachment_id = attachment.id
        self.peer_ids = {
            router: self._peer(f"{name}-{router}", peer, args.router_asn) for router, peer in args.peers.items()
        }
        self.register_outputs({"attachment_id": self.attachment_id, "peer_ids": dict(self.peer_ids)})

    def _peer(self, name: str, peer: ConnectPeer, asn: int) -> pulumi.Output[str]:
        return aws.ec2transitgateway.ConnectPeer(
            name,
            transit_gateway_attachment_id=self.attachment_id,
            peer_address=str(peer.router_address),
            transit_gateway_address=str(peer.gateway_address),
            inside_cidr_blocks=[str(peer.inside_cidr)],
            bgp_asn=str(asn),
            tags={"Name": peer.router},
            # Every input is create-only, and a second peer with the same addresses is refused.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        ).id

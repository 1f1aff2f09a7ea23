"""Transit Gateway Connect: GRE and BGP between the gateway and a router pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws.gateway_tables import GatewayRef, join_tables
from topology.plan import ConnectPeer


@dataclass(frozen=True, kw_only=True)
class TgwConnectAttachmentArgs:
    """The gateway, what carries GRE to it, and its peers."""

    gateway: GatewayRef
    transport_attachment_id: pulumi.Input[str]
    """The attachment of the VPC that the routers stand in."""
    peers: Mapping[str, ConnectPeer]
    """By router; at most four to an attachment."""
    router_asn: int
    """ASN of every peer: the gateway spreads flows over equal AS paths only.
    Without it AWS takes its own ASN and speaks iBGP."""


class TgwConnectAttachment(pulumi.ComponentResource):
    """Carries BGP between the Transit Gateway and a router pair over GRE."""

    attachment_id: pulumi.Output[str]
    """The Connect attachment."""
    peer_ids: Mapping[str, pulumi.Output[str]]
    """Connect peers, by router."""

    def __init__(self, name: str, args: TgwConnectAttachmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:TgwConnectAttachment", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        attachment = aws.ec2transitgateway.Connect(
            name,
            transit_gateway_id=args.gateway.id,
            transport_attachment_id=args.transport_attachment_id,
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags={"Name": name},
            opts=child,
        )
        join_tables(
            name,
            attachment,
            associated=args.gateway.tables.connect,
            propagated={"vpcs": args.gateway.tables.vpcs, "transport": args.gateway.tables.transport},
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

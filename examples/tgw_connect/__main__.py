"""TGW Connect alone: two routers of one's own, in a VPC, speak BGP with a Transit Gateway over GRE."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_aws as aws

from components import ConnectPeer, TgwConnectAttachment, TgwConnectAttachmentArgs

# What one has already: a gateway with a CIDR of its own, and the routers' VPC attached to it.
gateway = aws.ec2transitgateway.TransitGateway(
    "gateway",
    amazon_side_asn=64512,
    transit_gateway_cidr_blocks=["10.254.0.0/24"],
    default_route_table_association="disable",
    default_route_table_propagation="disable",
)
table = aws.ec2transitgateway.RouteTable("all", transit_gateway_id=gateway.id)
vpc = aws.ec2.Vpc("edge", cidr_block="10.255.0.0/24")
subnet = aws.ec2.Subnet("edge", vpc_id=vpc.id, cidr_block="10.255.0.0/28", availability_zone="ap-northeast-1a")
transport = aws.ec2transitgateway.VpcAttachment(
    "edge",
    transit_gateway_id=gateway.id,
    vpc_id=vpc.id,
    subnet_ids=[subnet.id],
    transit_gateway_default_route_table_association=False,
    transit_gateway_default_route_table_propagation=False,
)

# What the component adds: GRE and two BGP sessions for each router.
peers = {
    "edge-1": ConnectPeer(
        router="edge-1",
        router_address=IPv4Address("10.255.0.10"),
        gateway_address=IPv4Address("10.254.0.1"),
        inside_cidr=IPv4Network("169.254.6.0/29"),
    ),
    "edge-2": ConnectPeer(
        router="edge-2",
        router_address=IPv4Address("10.255.0.11"),
        gateway_address=IPv4Address("10.254.0.2"),
        inside_cidr=IPv4Network("169.254.6.8/29"),
    ),
}
args = TgwConnectAttachmentArgs(
    gateway_id=gateway.id,
    transport_attachment_id=transport.id,
    route_table_id=table.id,
    announce_to={"all": table.id},
    peers=peers,
    router_asn=64513,
)
connect = TgwConnectAttachment("edge", args)

pulumi.export("peer_ids", connect.peer_ids)
pulumi.export(
    "sessions",
    {
        name: {"own": str(peer.inside_router), "neighbors": [str(address) for address in peer.inside_gateway]}
        for name, peer in peers.items()
    },
)

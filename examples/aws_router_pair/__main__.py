"""A router pair in AWS alone: two WireGuard routers in two zones, which meet two routers that stand anywhere."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_aws as aws

from components import AwsRouterArgs, AwsWireGuardRouterPair, AwsWireGuardRouterPairArgs, TunnelPort

config = pulumi.Config()
region = pulumi.Config("aws").require("region")

# A VPC with the Internet, and one subnet for each router.
vpc = aws.ec2.Vpc("edge", cidr_block="10.255.0.0/24")
internet = aws.ec2.InternetGateway("edge", vpc_id=vpc.id)
table = aws.ec2.RouteTable("edge", vpc_id=vpc.id)
aws.ec2.Route("internet", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=internet.id)
routers = {}
networks = {"edge-1": ("a", IPv4Network("10.255.0.0/28")), "edge-2": ("c", IPv4Network("10.255.0.16/28"))}
for name, (letter, network) in networks.items():
    zone = f"{region}{letter}"
    subnet = aws.ec2.Subnet(name, vpc_id=vpc.id, cidr_block=str(network), availability_zone=zone)
    aws.ec2.RouteTableAssociation(name, route_table_id=table.id, subnet_id=subnet.id)
    routers[name] = AwsRouterArgs(
        zone=zone, subnet_id=subnet.id, private_address=network[10], boot_object=json.dumps({"router": name})
    )

# The pair; the far routers' addresses are stated when they are known.
args = AwsWireGuardRouterPairArgs(
    routers=routers,
    vpc_id=vpc.id,
    gateway_cidr=IPv4Network("10.254.0.0/24"),
    overlay_cidr=IPv4Network("10.253.0.0/24"),
    tunnels=[
        TunnelPort(name="wg-office", router="edge-1", peer="office", port=51820),
        TunnelPort(name="wg-office", router="edge-2", peer="office", port=51821),
    ],
    image_id=config.require("image"),
    instance_type="t4g.micro",
    after=[internet],
)
pair = AwsWireGuardRouterPair("edge", args)
pair.allow_peers({"office": str(IPv4Address(config.require("office_address")))})

pulumi.export("addresses", pair.addresses)

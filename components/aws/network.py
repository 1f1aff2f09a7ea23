"""The VPC that holds the AWS router pair, joined to the Internet and to the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.aws.gateway_tables import GatewayRef, join_tables
from topology import vpcs


@dataclass(frozen=True, kw_only=True)
class RouterVpcArgs:
    """Where the routers' VPC lies and what it is joined to."""

    region: str
    """AWS region; a zone letter is appended to it."""
    network: vpcs.RouterVpc
    """CIDR, subnets, and what its routers send to the gateway."""
    gateway: GatewayRef


class RouterVpc(pulumi.ComponentResource):
    """Gives routers an address on the Internet and carries their GRE to the gateway."""

    vpc_id: pulumi.Output[str]
    """The VPC, for security groups."""
    router_subnet_ids: Mapping[str, pulumi.Output[str]]
    """Subnets of the routers, by zone letter."""
    attachment_id: pulumi.Output[str]
    """The gateway attachment that carries Connect: its transport."""

    def __init__(self, name: str, args: RouterVpcArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:RouterVpc", name, None, opts)
        self._name, self._args = name, args
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=str(args.network.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.vpc_id = vpc.id
        routers_table, self.router_subnet_ids = self._subnets("routers", args.network.router_subnets)
        _, attachment_subnet_ids = self._subnets("attachment", args.network.attachment_subnets)
        attachment = self._attach(attachment_subnet_ids)
        self.attachment_id = attachment.id
        self._route_to_internet(routers_table)
        self._route_to_gateway(routers_table, attachment)
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "router_subnet_ids": dict(self.router_subnet_ids),
                "attachment_id": self.attachment_id,
            }
        )

    def _subnets(
        self, use: str, networks: Mapping[str, IPv4Network]
    ) -> tuple[aws.ec2.RouteTable, dict[str, pulumi.Output[str]]]:
        """Make one subnet a zone and the route table they share, which knows the VPC's own addresses only."""
        label, child = f"{self._name}-{use}", pulumi.ResourceOptions(parent=self)
        table = aws.ec2.RouteTable(label, vpc_id=self.vpc_id, tags={"Name": label}, opts=child)
        subnet_ids = {}
        for zone, network in networks.items():
            subnet = aws.ec2.Subnet(
                f"{label}-{zone}",
                vpc_id=self.vpc_id,
                cidr_block=str(network),
                availability_zone=f"{self._args.region}{zone}",
                tags={"Name": f"{label}-{zone}"},
                opts=child,
            )
            aws.ec2.RouteTableAssociation(f"{label}-{zone}", route_table_id=table.id, subnet_id=subnet.id, opts=child)
            subnet_ids[zone] = subnet.id
        return table, subnet_ids

    def _attach(self, subnet_ids: Mapping[str, pulumi.Output[str]]) -> aws.ec2transitgateway.VpcAttachment:
        """Attach the VPC: the routers reach it through Connect, and it reaches their loopbacks."""
        child = pulumi.ResourceOptions(parent=self)
        attachment = aws.ec2transitgateway.VpcAttachment(
            self._name,
            transit_gateway_id=self._args.gateway.id,
            vpc_id=self.vpc_id,
            subnet_ids=list(subnet_ids.values()),
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags={"Name": self._name},
            opts=child,
        )
        tables = self._args.gateway.tables
        propagated = {"connect": tables.connect}
        join_tables(self._name, attachment, associated=tables.transport, propagated=propagated, opts=child)
        return attachment

    def _route_to_internet(self, table: aws.ec2.RouteTable) -> None:
        child = pulumi.ResourceOptions(parent=self)
        internet = aws.ec2.InternetGateway(self._name, vpc_id=self.vpc_id, tags={"Name": self._name}, opts=child)
        aws.ec2.Route(
            f"{self._name}-internet",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=internet.id,
            opts=child,
        )

    def _route_to_gateway(self, table: aws.ec2.RouteTable, attachment: pulumi.Resource) -> None:
        for key, network in self._args.network.through_gateway.items():
            aws.ec2.Route(
                f"{self._name}-{key}",
                route_table_id=table.id,
                destination_cidr_block=str(network),
                transit_gateway_id=self._args.gateway.id,
                # EC2 refuses a route to a gateway that the VPC is not attached to yet.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
            )

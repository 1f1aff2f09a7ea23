"""A VPC whose hosts reach the sites: a new one, or one that is already there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.aws.gateway_tables import GatewayRef, join_tables
from topology.plan import Vpc


@dataclass(frozen=True, kw_only=True)
class VpcOnPathArgs:
    """Which VPC, and the gateway it is joined to."""

    region: str
    """AWS region; a zone letter is appended to it."""
    vpc: Vpc
    """A VPC of the plan; with `existing`, nothing of it is made or changed but routes in the named tables."""
    gateway: GatewayRef


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the attachment and the routes go."""

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    route_tables: Mapping[str, pulumi.Input[str]]
    """By a key that never changes: it is part of the routes' names."""


class VpcOnPath(pulumi.ComponentResource):
    """Makes every site reachable from a VPC by routes of its aggregates to the gateway."""

    vpc_id: pulumi.Output[str]
    """The VPC, made here or found."""
    attachment_id: pulumi.Output[str]
    """Its gateway attachment."""

    def __init__(self, name: str, args: VpcOnPathArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:VpcOnPath", name, None, opts)
        self._name, self._args = name, args
        place = self._existing() or self._new()
        self.vpc_id = pulumi.Output.from_input(place.vpc_id)
        attachment = self._attach(place)
        self.attachment_id = attachment.id
        self._route_aggregates(place.route_tables, attachment)
        self.register_outputs({"vpc_id": self.vpc_id, "attachment_id": self.attachment_id})

    def _existing(self) -> _Place | None:
        existing = self._args.vpc.existing
        if existing is None:
            return None
        return _Place(
            vpc_id=existing.vpc_id,
            subnet_ids=[existing.subnet_ids[zone] for zone in sorted(existing.subnet_ids)],
            route_tables={table_id: table_id for table_id in existing.route_table_ids},
        )

    def _new(self) -> _Place:
        vpc = aws.ec2.Vpc(
            self._name,
            cidr_block=str(self._args.vpc.cidrs[0]),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": self._args.vpc.name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        hosts_table_id, _ = self._subnets(vpc.id, "hosts", self._args.vpc.subnets)
        _, attachment_subnet_ids = self._subnets(vpc.id, "attachment", self._args.vpc.attachment_subnets)
        return _Place(vpc_id=vpc.id, subnet_ids=attachment_subnet_ids, route_tables={"hosts": hosts_table_id})

    def _subnets(
        self, vpc_id: pulumi.Output[str], use: str, networks: Mapping[str, IPv4Network]
    ) -> tuple[pulumi.Output[str], list[pulumi.Output[str]]]:
        """Make one subnet a zone and the route table they share, which knows the VPC's own addresses only."""
        key, label = f"{self._name}-{use}", f"{self._args.vpc.name}-{use}"
        child = pulumi.ResourceOptions(parent=self)
        table = aws.ec2.RouteTable(key, vpc_id=vpc_id, tags={"Name": label}, opts=child)
        subnet_ids = []
        for zone, network in networks.items():
            subnet = aws.ec2.Subnet(
                f"{key}-{zone}",
                vpc_id=vpc_id,
                cidr_block=str(network),
                availability_zone=f"{self._args.region}{zone}",
                tags={"Name": f"{label}-{zone}"},
                opts=child,
            )
            aws.ec2.RouteTableAssociation(f"{key}-{zone}", route_table_id=table.id, subnet_id=subnet.id, opts=child)
            subnet_ids.append(subnet.id)
        return table.id, subnet_ids

    def _attach(self, place: _Place) -> aws.ec2transitgateway.VpcAttachment:
        child = pulumi.ResourceOptions(parent=self)
        attachment = aws.ec2transitgateway.VpcAttachment(
            self._name,
            transit_gateway_id=self._args.gateway.id,
            vpc_id=place.vpc_id,
            subnet_ids=place.subnet_ids,
            transit_gateway_default_route_table_association=False,
            transit_gateway_default_route_table_propagation=False,
            tags={"Name": self._args.vpc.name},
            opts=child,
        )
        tables = self._args.gateway.tables
        join_tables(self._name, attachment, associated=tables.vpcs, propagated={"connect": tables.connect}, opts=child)
        return attachment

    def _route_aggregates(self, route_tables: Mapping[str, pulumi.Input[str]], attachment: pulumi.Resource) -> None:
        for key, table_id in route_tables.items():
            for network in self._args.vpc.aggregates:
                aws.ec2.Route(
                    f"{self._name}-{key}-{network}".replace("/", "-"),
                    route_table_id=table_id,
                    destination_cidr_block=str(network),
                    transit_gateway_id=self._args.gateway.id,
                    # EC2 refuses a route to a gateway that the VPC is not attached to yet.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
                )

"""A VPC whose hosts reach the sites: a new one, or one that is already there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.aws.gateway_tables import GatewayRef, join_tables
from topology.reading import PRIVATE
from topology.vpcs import ExistingVpc, NewVpc


@dataclass(frozen=True, kw_only=True)
class VpcOnPathArgs:
    """Which VPC, the gateway it is joined to, and what is sent there."""

    region: str
    """AWS region, `ap-northeast-1`; a zone letter is appended to it."""
    vpc: NewVpc | ExistingVpc
    """A new VPC, cut by `new_vpc(cidr, zones)` or by hand; its prefix lies in the stack's `vpc_pool`.
    Of an existing one nothing is made or changed but routes in the named tables."""
    gateway: GatewayRef
    """`GatewayRef.of(outputs)` of the stack that owns the gateway; both are of one account and region."""
    aggregates: Sequence[IPv4Network] = PRIVATE
    """What the VPC's tables send to the gateway; every site it wants to reach lies in one."""
    label: str | None = None
    """How Name tags call it, free to change; by default the component's own name, which is its identity."""


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where the attachment and the routes go."""

    vpc_id: pulumi.Input[str]
    hosts: Mapping[str, pulumi.Input[str]]
    """Subnets by zone letter."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """The attachment's."""
    route_tables: Mapping[str, pulumi.Input[str]]
    """By a key that never changes: it is part of the routes' names."""


class VpcOnPath(pulumi.ComponentResource):
    """Makes every site reachable from a VPC by routes of its aggregates to the gateway, and the VPC from every site.

    No site's prefix is named here: sites come and go by BGP alone.
    """

    vpc_id: pulumi.Output[str]
    """The VPC, made here or found, `vpc-...`."""
    subnet_ids: Mapping[str, pulumi.Output[str]]
    """By zone letter: hosts' subnets of a new VPC, the attachment's of an existing one."""
    attachment_id: pulumi.Output[str]
    """Its gateway attachment, `tgw-attach-...`."""

    def __init__(self, name: str, args: VpcOnPathArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:VpcOnPath", name, None, opts)
        self._name, self._label, self._args = name, args.label or name, args
        place = self._new(args.vpc) if isinstance(args.vpc, NewVpc) else self._existing(args.vpc)
        self.vpc_id = pulumi.Output.from_input(place.vpc_id)
        self.subnet_ids = {zone: pulumi.Output.from_input(subnet) for zone, subnet in place.hosts.items()}
        attachment = self._attach(place)
        self.attachment_id = attachment.id
        self._route_aggregates(place.route_tables, attachment)
        self.register_outputs(
            {"vpc_id": self.vpc_id, "subnet_ids": dict(self.subnet_ids), "attachment_id": self.attachment_id}
        )

    def _existing(self, existing: ExistingVpc) -> _Place:
        return _Place(
            vpc_id=existing.vpc_id,
            hosts=existing.subnet_ids,
            subnet_ids=[existing.subnet_ids[zone] for zone in sorted(existing.subnet_ids)],
            route_tables={table_id: table_id for table_id in existing.route_table_ids},
        )

    def _new(self, new: NewVpc) -> _Place:
        vpc = aws.ec2.Vpc(
            self._name,
            cidr_block=str(new.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": self._label},
            opts=pulumi.ResourceOptions(parent=self),
        )
        hosts_table_id, host_subnet_ids = self._subnets(vpc.id, "hosts", new.subnets)
        _, attachment_subnet_ids = self._subnets(vpc.id, "attachment", new.attachment_subnets)
        return _Place(
            vpc_id=vpc.id,
            hosts=host_subnet_ids,
            subnet_ids=list(attachment_subnet_ids.values()),
            route_tables={"hosts": hosts_table_id},
        )

    def _subnets(
        self, vpc_id: pulumi.Output[str], use: str, networks: Mapping[str, IPv4Network]
    ) -> tuple[pulumi.Output[str], dict[str, pulumi.Output[str]]]:
        """Make one subnet a zone and the route table they share, which knows the VPC's own addresses only."""
        key, label, child = f"{self._name}-{use}", f"{self._label}-{use}", pulumi.ResourceOptions(parent=self)
        table = aws.ec2.RouteTable(key, vpc_id=vpc_id, tags={"Name": label}, opts=child)
        subnet_ids = {}
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
            subnet_ids[zone] = subnet.id
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
            tags={"Name": self._label},
            opts=child,
        )
        tables = self._args.gateway.tables
        join_tables(self._name, attachment, associated=tables.vpcs, propagated={"connect": tables.connect}, opts=child)
        return attachment

    def _route_aggregates(self, route_tables: Mapping[str, pulumi.Input[str]], attachment: pulumi.Resource) -> None:
        for key, table_id in route_tables.items():
            for network in self._args.aggregates:
                aws.ec2.Route(
                    f"{self._name}-{key}-{network}".replace("/", "-"),
                    route_table_id=table_id,
                    destination_cidr_block=str(network),
                    transit_gateway_id=self._args.gateway.id,
                    # EC2 refuses a route to a gateway that the VPC is not attached to yet.
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
                )

"""The Transit Gateway and its three route tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from components.aws.gateway_tables import GatewayRef, GatewayTables

TABLES = ("vpcs", "connect", "transport")


@dataclass(frozen=True, kw_only=True)
class TransitGatewayArgs:
    """What the gateway needs; all of it from the plan."""

    asn: int
    """The gateway's own ASN: 64512-65534 or 4200000000-4294967294."""
    cidr: IPv4Network
    """GRE outer addresses of Connect peers come from here: /24 or larger."""
    blackholes: Sequence[IPv4Network]
    """Dropped in every table unless a longer route is known."""
    protect: bool = False
    """Refuse to delete the gateway."""


class TransitGateway(pulumi.ComponentResource):
    """Joins VPCs and the router pair, with nothing associated or propagated that is not said so."""

    gateway_id: pulumi.Output[str]
    """The gateway to attach to."""
    route_table_ids: Mapping[str, pulumi.Output[str]]
    """Its route tables, by what is associated with them: `vpcs`, `connect`, `transport`."""
    ref: GatewayRef
    """All of it, for what is attached."""

    def __init__(self, name: str, args: TransitGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:TransitGateway", name, None, opts)
        gateway = aws.ec2transitgateway.TransitGateway(
            name,
            amazon_side_asn=args.asn,
            transit_gateway_cidr_blocks=[str(args.cidr)],
            default_route_table_association="disable",
            default_route_table_propagation="disable",
            auto_accept_shared_attachments="disable",
            vpn_ecmp_support="enable",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.gateway_id = gateway.id
        self.route_table_ids = {table: self._table(name, table, args.blackholes) for table in TABLES}
        self.ref = GatewayRef(id=gateway.id, tables=GatewayTables(**self.route_table_ids))
        self.register_outputs({"gateway_id": self.gateway_id, "route_table_ids": dict(self.route_table_ids)})

    def _table(self, name: str, table: str, blackholes: Sequence[IPv4Network]) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        route_table = aws.ec2transitgateway.RouteTable(
            f"{name}-{table}",
            transit_gateway_id=self.gateway_id,
            tags={"Name": f"{name}-{table}"},
            opts=child,
        )
        for network in blackholes:
            aws.ec2transitgateway.Route(
                f"{name}-{table}-{network}".replace("/", "-"),
                transit_gateway_route_table_id=route_table.id,
                destination_cidr_block=str(network),
                blackhole=True,
                opts=child,
            )
        return route_table.id

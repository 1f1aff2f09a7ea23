"""The Transit Gateway's three route tables, and how an attachment joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class GatewayTables:
    """Ids of the gateway's route tables."""

    vpcs: pulumi.Input[str]
    """For VPC attachments: holds routes from Connect, so no VPC reaches another VPC."""
    connect: pulumi.Input[str]
    """For the Connect attachment: holds routes from the VPCs and the router VPC."""
    transport: pulumi.Input[str]
    """For the router VPC's attachment: holds routes from Connect."""


@dataclass(frozen=True, kw_only=True)
class GatewayRef:
    """A Transit Gateway as seen by what is attached to it."""

    id: pulumi.Input[str]
    tables: GatewayTables

    @classmethod
    def of(cls, outputs: pulumi.Output[dict[str, Any]]) -> GatewayRef:
        """The gateway of a stack of this program, from that stack's outputs (docs/outputs.md).

        `outputs` is `pulumi.StackReference(...).outputs`.
        """
        tables = outputs["gateway_route_table_ids"]
        return cls(
            id=outputs["gateway_id"],
            tables=GatewayTables(
                vpcs=tables["vpcs"],
                connect=tables["connect"],
                transport=tables["transport"],
            ),
        )


def join_tables(
    name: str,
    attachment: pulumi.CustomResource,
    *,
    associated: pulumi.Input[str],
    propagated: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Let an attachment look its packets up in one table and announce its routes into others.

    `propagated` is by table name, which becomes part of the child's name.
    """
    aws.ec2transitgateway.RouteTableAssociation(
        name,
        transit_gateway_attachment_id=attachment.id,
        transit_gateway_route_table_id=associated,
        opts=opts,
    )
    for table, table_id in propagated.items():
        aws.ec2transitgateway.RouteTablePropagation(
            f"{name}-{table}",
            transit_gateway_attachment_id=attachment.id,
            transit_gateway_route_table_id=table_id,
            opts=opts,
        )

"""Route tables of the Transit Gateway: associations, propagations and static routes."""

from __future__ import annotations

from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, ec2_arn
from lab.clouds.aws.routing import TRANSIT_GATEWAY, VPC_ATTACHMENT
from lab.clouds.aws.transit_gateway import CONNECT
from lab.clouds.declaration import Tie, flag, network, refers_to
from lab.clouds.kind import Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema
from lab.clouds.store import Resource

TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
ASSOCIATION = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATION = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
ROUTE = "aws:ec2transitgateway/route:Route"

_NO_TABLE = "InvalidRouteTableID.NotFound"
_TABLE = refers_to(TABLE, absent=_NO_TABLE, required=True, replaces=True, tie=Tie.PART)
_NO_ATTACHMENT = "InvalidTransitGatewayAttachmentID.NotFound"
_ATTACHMENT = refers_to(VPC_ATTACHMENT, CONNECT, absent=_NO_ATTACHMENT, required=True, replaces=True, tie=Tie.PART)


def _attachment(link: Proposal) -> Resource | None:
    wanted = link.inputs.get("transitGatewayAttachmentId")
    return next((it for kind in (VPC_ATTACHMENT, CONNECT) for it in link.others(kind) if it.id == wanted), None)


def _of_one_gateway(link: Proposal) -> Refusals:
    table, attachment = link.the(TABLE, link.inputs["transitGatewayRouteTableId"]), _attachment(link)
    if attachment and attachment.inputs["transitGatewayId"] != table.inputs["transitGatewayId"]:
        yield Refused(_NO_ATTACHMENT, f"{attachment.id} and {table.id} are of two gateways")


def _not_in_the_default_table(association: Proposal) -> Refusals:
    attachment = _attachment(association)
    if attachment is None or association.inputs.get("replaceExistingAssociation"):
        return
    gateway = association.the(TRANSIT_GATEWAY, attachment.inputs["transitGatewayId"])
    by_default = attachment.outputs["transitGatewayDefaultRouteTableAssociation"]
    if by_default and gateway.outputs["defaultRouteTableAssociation"] == "enable":
        rule = f"{attachment.id} is associated with the default route table of {gateway.id} already"
        yield Refused("Resource.AlreadyAssociated", f"{rule}; switch the default association off")


def _blackhole_or_attachment(route: Proposal) -> Refusals:
    attachment = _attachment(route)
    if bool(route.inputs["blackhole"]) == bool(attachment):
        yield Refused("InvalidParameterCombination", "a route is either a blackhole or has an attachment")
    if attachment and attachment.type == CONNECT:
        yield Refused("InvalidParameterValue", "a Connect attachment takes no static routes")


def _linked(link: Proposal) -> dict[str, Any]:
    attachment = _attachment(link)
    if attachment is None or attachment.type == CONNECT:
        return {"resourceType": "connect", "resourceId": link.inputs["transitGatewayAttachmentId"]}
    return {"resourceType": "vpc", "resourceId": attachment.inputs["vpcId"]}


KINDS = (
    Kind(
        type=TABLE,
        inputs={
            **REGIONAL,
            "transitGatewayId": refers_to(
                TRANSIT_GATEWAY, absent="InvalidTransitGatewayID.NotFound", required=True, replaces=True
            ),
        },
        schema=Schema("AWS::EC2::TransitGatewayRouteTable"),
        identify=prefixed("tgw-rtb"),
        quotas=(
            Quota(
                most=20,
                per=("transitGatewayId",),
                code="TransitGatewayRouteTableLimitExceeded",
                rule="{transitGatewayId} has at most {most} route tables",
            ),
        ),
        outputs=lambda table: {
            "arn": ec2_arn(table, "transit-gateway-route-table"),
            "defaultAssociationRouteTable": False,
            "defaultPropagationRouteTable": False,
        },
        in_use="IncorrectState",
    ),
    Kind(
        type=ASSOCIATION,
        inputs={
            **REGION_ONLY,
            "transitGatewayAttachmentId": _ATTACHMENT,
            # Disassociate first: a table with associations cannot go.
            "transitGatewayRouteTableId": refers_to(TABLE, absent=_NO_TABLE, required=True, replaces=True),
            "replaceExistingAssociation": flag(),
        },
        schema=Schema("AWS::EC2::TransitGatewayRouteTableAssociation"),
        identify=lambda it: f"{it.inputs['transitGatewayRouteTableId']}_{it.inputs['transitGatewayAttachmentId']}",
        outputs=_linked,
        quotas=(
            Quota(
                most=1,
                per=("transitGatewayAttachmentId",),
                code="Resource.AlreadyAssociated",
                rule="{transitGatewayAttachmentId} is already associated with a route table",
            ),
        ),
        rules=(_of_one_gateway, _not_in_the_default_table),
    ),
    Kind(
        type=PROPAGATION,
        inputs={**REGION_ONLY, "transitGatewayAttachmentId": _ATTACHMENT, "transitGatewayRouteTableId": _TABLE},
        schema=Schema("AWS::EC2::TransitGatewayRouteTablePropagation"),
        identify=lambda it: f"{it.inputs['transitGatewayRouteTableId']}_{it.inputs['transitGatewayAttachmentId']}",
        outputs=_linked,
        quotas=(
            Quota(
                most=1,
                per=("transitGatewayAttachmentId", "transitGatewayRouteTableId"),
                code="TransitGatewayRouteTablePropagation.Duplicate",
                rule="{transitGatewayAttachmentId} propagates to {transitGatewayRouteTableId} already",
            ),
        ),
        rules=(_of_one_gateway,),
    ),
    Kind(
        type=ROUTE,
        inputs={
            **REGION_ONLY,
            "transitGatewayRouteTableId": _TABLE,
            "destinationCidrBlock": network(required=True, replaces=True),
            "blackhole": flag(default=False, replaces=True),
            "transitGatewayAttachmentId": refers_to(
                VPC_ATTACHMENT, CONNECT, absent=_NO_ATTACHMENT, replaces=True, tie=Tie.LOOSE
            ),
        },
        schema=Schema("AWS::EC2::TransitGatewayRoute"),
        identify=lambda it: f"{it.inputs['transitGatewayRouteTableId']}_{it.inputs['destinationCidrBlock']}",
        quotas=(
            Quota(
                most=1,
                per=("transitGatewayRouteTableId", "destinationCidrBlock"),
                code="RouteAlreadyExists",
                rule="{destinationCidrBlock} already exists in {transitGatewayRouteTableId}",
            ),
        ),
        rules=(_of_one_gateway, _blackhole_or_attachment),
    ),
)

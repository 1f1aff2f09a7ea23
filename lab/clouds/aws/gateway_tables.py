"""Route tables of the Transit Gateway: associations, propagations and static routes."""

from __future__ import annotations

from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, ec2_arn
from lab.clouds.aws.routing import TRANSIT_GATEWAY, VPC_ATTACHMENT
from lab.clouds.aws.transit_gateway import CONNECT
from lab.clouds.declaration import flag, network, refers_to
from lab.clouds.kind import Kind, Proposal, Refusals, Refused, prefixed

TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
ASSOCIATION = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
PROPAGATION = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
ROUTE = "aws:ec2transitgateway/route:Route"

_TABLE = refers_to(TABLE, absent="InvalidRouteTableID.NotFound", required=True, replaces=True)
_NO_ATTACHMENT = "InvalidTransitGatewayAttachmentID.NotFound"
_ATTACHMENT = refers_to(VPC_ATTACHMENT, CONNECT, absent=_NO_ATTACHMENT, required=True, replaces=True)


def _of_one_gateway(link: Proposal) -> Refusals:
    table = link.the(TABLE, link.inputs["transitGatewayRouteTableId"])
    if _attachment_gateway(link) != table.inputs["transitGatewayId"]:
        attachment = link.inputs["transitGatewayAttachmentId"]
        yield Refused("InvalidTransitGatewayAttachmentID.NotFound", f"{attachment} and {table.id} are of two gateways")


def _attachment_gateway(link: Proposal) -> str:
    wanted = link.inputs["transitGatewayAttachmentId"]
    found = [it for kind in (VPC_ATTACHMENT, CONNECT) for it in link.others(kind) if it.id == wanted]
    return str(found[0].inputs["transitGatewayId"])


def _associated_once(association: Proposal) -> Refusals:
    for other in association.others(ASSOCIATION):
        if other.inputs["transitGatewayAttachmentId"] == association.inputs["transitGatewayAttachmentId"]:
            rule = f"the attachment is associated with {other.inputs['transitGatewayRouteTableId']} already"
            yield Refused("Resource.AlreadyAssociated", rule)


def _propagated_once(propagation: Proposal) -> Refusals:
    keys = ("transitGatewayAttachmentId", "transitGatewayRouteTableId")
    for other in propagation.others(PROPAGATION):
        if all(other.inputs[key] == propagation.inputs[key] for key in keys):
            rule = "the attachment propagates to this table already"
            yield Refused("TransitGatewayRouteTablePropagation.Duplicate", rule)


def _blackhole_or_attachment(route: Proposal) -> Refusals:
    if bool(route.inputs["blackhole"]) == bool(route.inputs.get("transitGatewayAttachmentId")):
        yield Refused("InvalidParameterCombination", "a route is either a blackhole or has an attachment")
    wanted = route.inputs.get("transitGatewayAttachmentId")
    if any(connect.id == wanted for connect in route.others(CONNECT)):
        yield Refused("InvalidParameterValue", "a Connect attachment takes no static routes")


def _destination_is_free(route: Proposal) -> Refusals:
    keys = ("transitGatewayRouteTableId", "destinationCidrBlock")
    for other in route.others(ROUTE):
        if all(other.inputs[key] == route.inputs[key] for key in keys):
            yield Refused("RouteAlreadyExists", f"{route.inputs['destinationCidrBlock']} is in this table already")


def _linked(link: Proposal) -> dict[str, Any]:
    wanted = link.inputs["transitGatewayAttachmentId"]
    is_connect = any(connect.id == wanted for connect in link.others(CONNECT))
    resource = [a.inputs["vpcId"] for a in link.others(VPC_ATTACHMENT) if a.id == wanted]
    return {"resourceType": "connect" if is_connect else "vpc", "resourceId": resource[0] if resource else wanted}


KINDS = (
    Kind(
        type=TABLE,
        inputs={
            **REGIONAL,
            "transitGatewayId": refers_to(
                TRANSIT_GATEWAY, absent="InvalidTransitGatewayID.NotFound", required=True, replaces=True
            ),
        },
        identify=prefixed("tgw-rtb"),
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
            "transitGatewayRouteTableId": _TABLE,
            "replaceExistingAssociation": flag(),
        },
        identify=lambda it: f"{it.inputs['transitGatewayRouteTableId']}_{it.inputs['transitGatewayAttachmentId']}",
        outputs=_linked,
        rules=(_of_one_gateway, _associated_once),
    ),
    Kind(
        type=PROPAGATION,
        inputs={**REGION_ONLY, "transitGatewayAttachmentId": _ATTACHMENT, "transitGatewayRouteTableId": _TABLE},
        identify=lambda it: f"{it.inputs['transitGatewayRouteTableId']}_{it.inputs['transitGatewayAttachmentId']}",
        outputs=_linked,
        rules=(_of_one_gateway, _propagated_once),
    ),
    Kind(
        type=ROUTE,
        inputs={
            **REGION_ONLY,
            "transitGatewayRouteTableId": _TABLE,
            "destinationCidrBlock": network(required=True, replaces=True),
            "blackhole": flag(default=False, replaces=True),
            "transitGatewayAttachmentId": refers_to(VPC_ATTACHMENT, CONNECT, absent=_NO_ATTACHMENT, replaces=True),
        },
        identify=lambda it: f"{it.inputs['transitGatewayRouteTableId']}_{it.inputs['destinationCidrBlock']}",
        rules=(_blackhole_or_attachment, _destination_is_free),
    ),
)

"""Route tables of VPCs and what they hold."""

from __future__ import annotations

from ipaddress import IPv4Network

from lab.clouds.aws.account import ACCOUNT_ID, REGION_ONLY, REGIONAL, ec2_arn, vpc_networks
from lab.clouds.aws.vpc import INTERNET_GATEWAY, NETWORK_INTERFACE, SUBNET, VPC
from lab.clouds.declaration import Tie, network, refers_to
from lab.clouds.kind import Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema

ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
TRANSIT_GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"

ANYWHERE = "0.0.0.0/0"
_TARGETS = ("gatewayId", "transitGatewayId", "networkInterfaceId")


def _destination_is_stated(route: Proposal) -> Refusals:
    if "destinationCidrBlock" not in route.inputs:
        yield Refused("MissingParameter", "the request must contain destinationCidrBlock")


def _exactly_one_target(route: Proposal) -> Refusals:
    stated = [target for target in _TARGETS if route.inputs.get(target)]
    if len(stated) != 1:
        rule = f"a route has exactly one target of {', '.join(_TARGETS)}; {' and '.join(stated) or 'none'} stated"
        yield Refused("InvalidParameterCombination", rule)


def _destination_is_not_the_vpc(route: Proposal) -> Refusals:
    destination = route.inputs.get("destinationCidrBlock", ANYWHERE)
    vpc_id = route.the(ROUTE_TABLE, route.inputs["routeTableId"]).inputs["vpcId"]
    for owned in vpc_networks(route, vpc_id):
        if IPv4Network(destination) == owned:
            yield Refused("RouteAlreadyExists", f"{destination} is the VPC's own local route")


def _target_is_attached(route: Proposal) -> Refusals:
    vpc_id = route.the(ROUTE_TABLE, route.inputs["routeTableId"]).inputs["vpcId"]
    gateway = route.inputs.get("gatewayId")
    if gateway and route.the(INTERNET_GATEWAY, gateway).inputs.get("vpcId") != vpc_id:
        yield Refused("InvalidParameterValue", f"Internet gateway {gateway} is not attached to {vpc_id}")
    gateway_id = route.inputs.get("transitGatewayId")
    attachments = [a.inputs for a in route.others(VPC_ATTACHMENT)]
    if gateway_id and not any((a["transitGatewayId"], a["vpcId"]) == (gateway_id, vpc_id) for a in attachments):
        rule = f"{gateway_id} has no attachment to {vpc_id}; create the VPC attachment before the route"
        yield Refused("InvalidTransitGatewayID.NotFound", rule)
    card = route.inputs.get("networkInterfaceId")
    if card and route.the(SUBNET, route.the(NETWORK_INTERFACE, card).inputs["subnetId"]).inputs["vpcId"] != vpc_id:
        yield Refused("InvalidParameterValue", f"route table {route.inputs['routeTableId']} and {card} are in two VPCs")


def _a_subnet_is_stated(association: Proposal) -> Refusals:
    if "subnetId" not in association.inputs:
        yield Refused("MissingParameter", "the lab associates subnets only; state subnetId")


def _table_and_subnet_are_of_one_vpc(association: Proposal) -> Refusals:
    subnet_id = association.inputs.get("subnetId")
    if subnet_id is None:
        return
    table = association.the(ROUTE_TABLE, association.inputs["routeTableId"])
    if association.the(SUBNET, subnet_id).inputs["vpcId"] != table.inputs["vpcId"]:
        yield Refused(
            "InvalidParameterValue", f"route table {table.id} and subnet {subnet_id} belong to different networks"
        )


KINDS = (
    Kind(
        type=ROUTE_TABLE,
        inputs={
            **REGIONAL,
            "vpcId": refers_to(VPC, absent="InvalidVpcID.NotFound", required=True, replaces=True),
        },
        schema=Schema("AWS::EC2::RouteTable"),
        identify=prefixed("rtb"),
        quotas=(
            Quota(most=200, per=("vpcId",), code="RouteTableLimitExceeded", rule="{vpcId} has at most {most} tables"),
        ),
        outputs=lambda table: {"arn": ec2_arn(table, "route-table"), "ownerId": ACCOUNT_ID},
        in_use="DependencyViolation",
    ),
    Kind(
        type=ROUTE,
        inputs={
            **REGION_ONLY,
            "routeTableId": refers_to(
                ROUTE_TABLE, absent="InvalidRouteTableID.NotFound", required=True, replaces=True, tie=Tie.PART
            ),
            "destinationCidrBlock": network(replaces=True),
            "gatewayId": refers_to(INTERNET_GATEWAY, absent="InvalidInternetGatewayID.NotFound", tie=Tie.LOOSE),
            "transitGatewayId": refers_to(TRANSIT_GATEWAY, absent="InvalidTransitGatewayID.NotFound", tie=Tie.LOOSE),
            "networkInterfaceId": refers_to(
                NETWORK_INTERFACE, absent="InvalidNetworkInterfaceID.NotFound", tie=Tie.LOOSE
            ),
        },
        schema=Schema("AWS::EC2::Route"),
        identify=prefixed("r-rtb"),
        outputs=lambda _: {"origin": "CreateRoute", "state": "active"},
        quotas=(
            Quota(
                most=1,
                per=("routeTableId", "destinationCidrBlock"),
                code="RouteAlreadyExists",
                rule="the route identified by {destinationCidrBlock} already exists in {routeTableId}",
            ),
        ),
        rules=(_destination_is_stated, _exactly_one_target, _destination_is_not_the_vpc, _target_is_attached),
    ),
    Kind(
        type=ROUTE_TABLE_ASSOCIATION,
        inputs={
            **REGION_ONLY,
            "routeTableId": refers_to(ROUTE_TABLE, absent="InvalidRouteTableID.NotFound", required=True),
            "subnetId": refers_to(SUBNET, absent="InvalidSubnetID.NotFound", replaces=True, tie=Tie.PART),
        },
        schema=Schema(
            "AWS::EC2::SubnetRouteTableAssociation",
            not_alike={"routeTableId": "the provider moves the subnet by ReplaceRouteTableAssociation"},
        ),
        identify=prefixed("rtbassoc"),
        quotas=(
            Quota(
                most=1,
                per=("subnetId",),
                code="Resource.AlreadyAssociated",
                rule="{subnetId} is already associated with a route table",
            ),
        ),
        rules=(_a_subnet_is_stated, _table_and_subnet_are_of_one_vpc),
    ),
)

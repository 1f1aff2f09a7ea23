"""Route tables of VPCs and what they hold."""

from __future__ import annotations

from ipaddress import IPv4Network

from lab.clouds.aws.account import ACCOUNT_ID, REGION_ONLY, REGIONAL, ec2_arn, vpc_networks
from lab.clouds.aws.vpc import INTERNET_GATEWAY, SUBNET, VPC
from lab.clouds.declaration import network, refers_to
from lab.clouds.kind import Kind, Proposal, Refusals, Refused, prefixed

ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
TRANSIT_GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"

_TARGETS = ("gatewayId", "transitGatewayId", "networkInterfaceId")


def _exactly_one_target(route: Proposal) -> Refusals:
    stated = [target for target in _TARGETS if route.inputs.get(target)]
    if len(stated) != 1:
        rule = f"a route has exactly one target of {', '.join(_TARGETS)}; {' and '.join(stated) or 'none'} stated"
        yield Refused("InvalidParameterCombination", rule)


def _destination_is_free(route: Proposal) -> Refusals:
    table, destination = route.inputs["routeTableId"], route.inputs["destinationCidrBlock"]
    for other in route.others(ROUTE):
        if (other.inputs["routeTableId"], other.inputs["destinationCidrBlock"]) == (table, destination):
            yield Refused("RouteAlreadyExists", f"the route identified by {destination} already exists in {table}")
    vpc_id = route.the(ROUTE_TABLE, table).inputs["vpcId"]
    for owned in vpc_networks(route, vpc_id):
        if IPv4Network(destination) == owned:
            yield Refused("RouteAlreadyExists", f"{destination} is the VPC's own local route")


def _target_is_attached(route: Proposal) -> Refusals:
    vpc_id = route.the(ROUTE_TABLE, route.inputs["routeTableId"]).inputs["vpcId"]
    gateway = route.inputs.get("gatewayId")
    if gateway and route.the(INTERNET_GATEWAY, gateway).inputs.get("vpcId") != vpc_id:
        yield Refused("InvalidParameterValue", f"Internet gateway {gateway} is not attached to {vpc_id}")
    hub = route.inputs.get("transitGatewayId")
    attachments = [a.inputs for a in route.others(VPC_ATTACHMENT)]
    if hub and not any((a["transitGatewayId"], a["vpcId"]) == (hub, vpc_id) for a in attachments):
        rule = f"{hub} has no attachment to {vpc_id}; create the VPC attachment before the route"
        yield Refused("InvalidTransitGatewayID.NotFound", rule)


def _one_table_per_subnet(association: Proposal) -> Refusals:
    subnet_id = association.inputs["subnetId"]
    for other in association.others(ROUTE_TABLE_ASSOCIATION):
        if other.inputs["subnetId"] == subnet_id:
            rule = f"{subnet_id} is already associated with {other.inputs['routeTableId']}"
            yield Refused("Resource.AlreadyAssociated", rule)
    table = association.the(ROUTE_TABLE, association.inputs["routeTableId"])
    if association.the(SUBNET, subnet_id).inputs["vpcId"] != table.inputs["vpcId"]:
        yield Refused("InvalidParameterValue", f"{table.id} and {subnet_id} belong to different VPCs")


KINDS = (
    Kind(
        type=ROUTE_TABLE,
        inputs={
            **REGIONAL,
            "vpcId": refers_to(VPC, absent="InvalidVpcID.NotFound", required=True, replaces=True),
        },
        identify=prefixed("rtb"),
        outputs=lambda table: {"arn": ec2_arn(table, "route-table"), "ownerId": ACCOUNT_ID},
        in_use="DependencyViolation",
    ),
    Kind(
        type=ROUTE,
        inputs={
            **REGION_ONLY,
            "routeTableId": refers_to(ROUTE_TABLE, absent="InvalidRouteTableID.NotFound", required=True, replaces=True),
            "destinationCidrBlock": network(required=True, replaces=True),
            "gatewayId": refers_to(INTERNET_GATEWAY, absent="InvalidInternetGatewayID.NotFound"),
            "transitGatewayId": refers_to(TRANSIT_GATEWAY, absent="InvalidTransitGatewayID.NotFound"),
            "networkInterfaceId": refers_to(NETWORK_INTERFACE, absent="InvalidNetworkInterfaceID.NotFound"),
        },
        identify=prefixed("r-rtb"),
        outputs=lambda _: {"origin": "CreateRoute", "state": "active"},
        rules=(_exactly_one_target, _destination_is_free, _target_is_attached),
    ),
    Kind(
        type=ROUTE_TABLE_ASSOCIATION,
        inputs={
            **REGION_ONLY,
            "routeTableId": refers_to(ROUTE_TABLE, absent="InvalidRouteTableID.NotFound", required=True),
            "subnetId": refers_to(SUBNET, absent="InvalidSubnetID.NotFound", required=True, replaces=True),
        },
        identify=prefixed("rtbassoc"),
        rules=(_one_table_per_subnet,),
    ),
)

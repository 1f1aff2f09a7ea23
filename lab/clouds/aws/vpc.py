"""VPCs, their subnets and Internet gateways."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGION_ONLY, REGIONAL, ec2_arn, vpc_networks, zone_names
from lab.clouds.declaration import flag, network, refers_to, text
from lab.clouds.kind import AWS_ID_DIGITS, Kind, Proposal, Refusals, Refused, prefixed

VPC = "aws:ec2/vpc:Vpc"
FURTHER_CIDR = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"

_NO_VPC = "InvalidVpcID.NotFound"


def _vpc_outputs(vpc: Proposal) -> dict[str, Any]:
    main_table = f"rtb-{vpc.digits(AWS_ID_DIGITS, 'main route table')}"
    return {
        "arn": ec2_arn(vpc, "vpc"),
        "mainRouteTableId": main_table,
        "defaultRouteTableId": main_table,
        "defaultSecurityGroupId": f"sg-{vpc.digits(AWS_ID_DIGITS, 'default security group')}",
        "defaultNetworkAclId": f"acl-{vpc.digits(AWS_ID_DIGITS, 'default network acl')}",
        "ownerId": ACCOUNT_ID,
    }


def _subnet_lies_in_its_vpc(subnet: Proposal) -> Refusals:
    cidr = IPv4Network(subnet.inputs["cidrBlock"])
    owned = vpc_networks(subnet, subnet.inputs["vpcId"])
    if not any(cidr.subnet_of(network_) for network_ in owned):
        stated = ", ".join(map(str, owned))
        yield Refused("InvalidSubnet.Range", f"the CIDR '{cidr}' is outside the VPC's {stated}")
    for other in subnet.others(SUBNET):
        if other.inputs["vpcId"] == subnet.inputs["vpcId"] and cidr.overlaps(IPv4Network(other.inputs["cidrBlock"])):
            rule = f"the CIDR '{cidr}' conflicts with subnet {other.id} ({other.inputs['cidrBlock']})"
            yield Refused("InvalidSubnet.Conflict", rule)


def _zone_exists(subnet: Proposal) -> Refusals:
    zones = zone_names(subnet.place)
    if subnet.inputs.get("availabilityZone", zones[0]) not in zones:
        stated = subnet.inputs["availabilityZone"]
        rule = f"Value ({stated}) for availabilityZone is invalid; {subnet.place} has {', '.join(zones)}"
        yield Refused("InvalidParameterValue", rule)


def _subnet_outputs(subnet: Proposal) -> dict[str, Any]:
    zones = zone_names(subnet.place)
    return {
        "arn": ec2_arn(subnet, "subnet"),
        "availabilityZone": subnet.inputs.get("availabilityZone", zones[0]),
        "ownerId": ACCOUNT_ID,
    }


def _further_cidr_is_free(block: Proposal) -> Refusals:
    cidr = IPv4Network(block.inputs["cidrBlock"])
    for owned in vpc_networks(block, block.inputs["vpcId"]):
        if block.old is None and cidr.overlaps(owned):
            yield Refused("InvalidVpc.Range", f"the CIDR '{cidr}' overlaps the VPC's {owned}")


def _one_gateway_per_vpc(gateway: Proposal) -> Refusals:
    for other in gateway.others(INTERNET_GATEWAY):
        if gateway.inputs.get("vpcId") and other.inputs.get("vpcId") == gateway.inputs["vpcId"]:
            rule = f"resource {gateway.inputs['vpcId']} is already attached to Internet gateway {other.id}"
            yield Refused("Resource.AlreadyAssociated", rule)


KINDS = (
    Kind(
        type=VPC,
        inputs={
            **REGIONAL,
            "cidrBlock": network(16, 28, "InvalidVpc.Range", required=True, replaces=True),
            "enableDnsHostnames": flag(default=False),
            "enableDnsSupport": flag(default=True),
            "enableNetworkAddressUsageMetrics": flag(default=False),
            "instanceTenancy": text("default", "dedicated", default="default"),
        },
        identify=prefixed("vpc"),
        outputs=_vpc_outputs,
        in_use="DependencyViolation",
    ),
    Kind(
        type=FURTHER_CIDR,
        inputs={
            **REGION_ONLY,
            "vpcId": refers_to(VPC, absent=_NO_VPC, required=True, replaces=True),
            "cidrBlock": network(16, 28, "InvalidVpc.Range", required=True, replaces=True),
        },
        identify=prefixed("vpc-cidr-assoc"),
        rules=(_further_cidr_is_free,),
    ),
    Kind(
        type=SUBNET,
        inputs={
            **REGIONAL,
            "vpcId": refers_to(VPC, absent=_NO_VPC, required=True, replaces=True),
            "cidrBlock": network(16, 28, "InvalidSubnet.Range", required=True, replaces=True),
            "availabilityZone": text(replaces=True),
            "mapPublicIpOnLaunch": flag(default=False),
        },
        identify=prefixed("subnet"),
        outputs=_subnet_outputs,
        rules=(_subnet_lies_in_its_vpc, _zone_exists),
        in_use="DependencyViolation",
    ),
    Kind(
        type=INTERNET_GATEWAY,
        inputs={**REGIONAL, "vpcId": refers_to(VPC, absent=_NO_VPC)},
        identify=prefixed("igw"),
        outputs=lambda gateway: {"arn": ec2_arn(gateway, "internet-gateway"), "ownerId": ACCOUNT_ID},
        rules=(_one_gateway_per_vpc,),
        in_use="DependencyViolation",
    ),
)

"""VPCs, their subnets and Internet gateways."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGION_ONLY, REGIONAL, ec2_arn, vpc_networks, zone_names
from lab.clouds.declaration import Tie, flag, network, refers_to, text
from lab.clouds.kind import AWS_ID_DIGITS, Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema

VPC = "aws:ec2/vpc:Vpc"
FURTHER_CIDR = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
EIP = "aws:ec2/eip:Eip"

_NO_VPC = "InvalidVpcID.NotFound"
_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""


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


def _further_cidr_is_of_the_same_range(block: Proposal) -> Refusals:
    cidr = IPv4Network(block.inputs["cidrBlock"])
    primary = IPv4Network(block.the(VPC, block.inputs["vpcId"]).inputs["cidrBlock"])
    for range_ in _RANGES:
        if cidr.overlaps(range_) and any(primary.subnet_of(r) for r in _RANGES if r != range_):
            rule = f"the CIDR '{cidr}' is restricted; use one from the same private range as the VPC's {primary}"
            yield Refused("InvalidVpc.Range", rule)


def _no_public_address_is_left(gateway: Proposal) -> Refusals:
    for eip in gateway.store.of(EIP):
        card = eip.inputs.get("networkInterface")
        if card and _vpc_of_card(gateway, card) == gateway.inputs.get("vpcId"):
            vpc_id = gateway.inputs["vpcId"]
            rule = f"network {vpc_id} has some mapped public address(es), {eip.id}; unmap these before detaching"
            yield Refused("DependencyViolation", rule)


def _vpc_of_card(proposal: Proposal, interface_id: str) -> str:
    interface = proposal.the(NETWORK_INTERFACE, interface_id)
    return str(proposal.the(SUBNET, interface.inputs["subnetId"]).inputs["vpcId"])


KINDS = (
    Kind(
        type=VPC,
        inputs={
            **REGIONAL,
            "cidrBlock": network(16, 28, "InvalidVpc.Range", required=True, replaces=True),
            "enableDnsHostnames": flag(default=False),
            "enableDnsSupport": flag(default=True),
            "enableNetworkAddressUsageMetrics": flag(default=False),
            "instanceTenancy": text("default", "dedicated", default="default", replaces=True),
        },
        schema=Schema("AWS::EC2::VPC"),
        identify=prefixed("vpc"),
        outputs=_vpc_outputs,
        in_use="DependencyViolation",
    ),
    Kind(
        type=FURTHER_CIDR,
        inputs={
            **REGION_ONLY,
            "vpcId": refers_to(VPC, absent=_NO_VPC, required=True, replaces=True, tie=Tie.PART),
            "cidrBlock": network(16, 28, "InvalidVpc.Range", required=True, replaces=True),
        },
        schema=Schema("AWS::EC2::VPCCidrBlock"),
        identify=prefixed("vpc-cidr-assoc"),
        quotas=(
            Quota(
                most=4,
                per=("vpcId",),
                code="CidrLimitExceeded",
                rule="{vpcId} has met its maximum number of allowed CIDRs: 5, its own among them",
            ),
        ),
        rules=(_further_cidr_is_free, _further_cidr_is_of_the_same_range),
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
        schema=Schema("AWS::EC2::Subnet"),
        identify=prefixed("subnet"),
        outputs=_subnet_outputs,
        quotas=(
            Quota(most=200, per=("vpcId",), code="SubnetLimitExceeded", rule="{vpcId} has at most {most} subnets"),
        ),
        rules=(_subnet_lies_in_its_vpc, _zone_exists),
        in_use="DependencyViolation",
    ),
    Kind(
        type=INTERNET_GATEWAY,
        inputs={**REGIONAL, "vpcId": refers_to(VPC, absent=_NO_VPC)},
        identify=prefixed("igw"),
        outputs=lambda gateway: {"arn": ec2_arn(gateway, "internet-gateway"), "ownerId": ACCOUNT_ID},
        quotas=(
            Quota(
                most=1,
                per=("vpcId",),
                code="InvalidParameterValue",
                rule="network {vpcId} already has an Internet gateway attached",
            ),
        ),
        deletion_rules=(_no_public_address_is_left,),
    ),
)

"""Network interfaces with fixed addresses, and Elastic IPs."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGIONAL, ec2_arn
from lab.clouds.aws.security_groups import SECURITY_GROUP
from lab.clouds.aws.vpc import INTERNET_GATEWAY, SUBNET
from lab.clouds.declaration import address, flag, listing, refers_to, text
from lab.clouds.kind import Kind, Proposal, Refusals, Refused, prefixed

NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
EIP = "aws:ec2/eip:Eip"

_FIRST_ELASTIC_IP = IPv4Address("203.0.113.10")
"""RFC 5737 addresses: they mean nothing outside the lab."""
_ELASTIC_IPS = 200


def _address_is_free(interface: Proposal) -> Refusals:
    subnet = interface.the(SUBNET, interface.inputs["subnetId"])
    cidr = IPv4Network(subnet.inputs["cidrBlock"])
    reserved = {*(cidr[number] for number in range(4)), cidr[-1]}
    for stated in interface.inputs["privateIps"]:
        if IPv4Address(stated) not in cidr:
            yield Refused("InvalidParameterValue", f"Address {stated} does not fall within the subnet's {cidr}")
        elif IPv4Address(stated) in reserved:
            yield Refused("InvalidParameterValue", f"Address {stated} is in subnet's reserved address range")
        for other in interface.others(NETWORK_INTERFACE):
            if other.inputs["subnetId"] == subnet.id and stated in other.inputs["privateIps"]:
                yield Refused("InvalidIPAddress.InUse", f"address {stated} is in use by {other.id}")


def _groups_are_of_its_vpc(interface: Proposal) -> Refusals:
    vpc_id = interface.the(SUBNET, interface.inputs["subnetId"]).inputs["vpcId"]
    for group in interface.inputs.get("securityGroups", []):
        if interface.the(SECURITY_GROUP, group).inputs.get("vpcId") != vpc_id:
            yield Refused("InvalidGroup.NotFound", f"{group} and {interface.inputs['subnetId']} are in different VPCs")


def _interface_outputs(interface: Proposal) -> dict[str, Any]:
    digits = interface.digits(10, "mac")
    return {
        "arn": ec2_arn(interface, "network-interface"),
        "privateIp": interface.inputs["privateIps"][0],
        "macAddress": ":".join(["02", *(digits[at : at + 2] for at in range(0, 10, 2))]),
        "ownerId": ACCOUNT_ID,
    }


def _has_an_internet_gateway(eip: Proposal) -> Refusals:
    wanted = eip.inputs.get("networkInterface")
    if not wanted:
        return
    subnet = eip.the(SUBNET, eip.the(NETWORK_INTERFACE, wanted).inputs["subnetId"])
    vpc_id = subnet.inputs["vpcId"]
    if not any(gateway.inputs.get("vpcId") == vpc_id for gateway in eip.others(INTERNET_GATEWAY)):
        rule = f"{vpc_id} is not attached to any Internet gateway"
        yield Refused("Gateway.NotAttached", rule)
    for other in eip.others(EIP):
        if other.inputs.get("networkInterface") == wanted:
            yield Refused("Resource.AlreadyAssociated", f"{wanted} already has the Elastic IP {other.id}")


def _eip_outputs(eip: Proposal) -> dict[str, Any]:
    taken = {other.outputs["publicIp"] for other in eip.others(EIP)}
    candidates = (str(_FIRST_ELASTIC_IP + number) for number in range(_ELASTIC_IPS))
    public = eip.kept("publicIp", lambda: next(ip for ip in candidates if ip not in taken))
    outputs = {"arn": ec2_arn(eip, "elastic-ip"), "allocationId": eip.id, "publicIp": public}
    wanted = eip.inputs.get("networkInterface")
    if wanted:
        outputs["associationId"] = f"eipassoc-{eip.digits(17, 'association')}"
        outputs["privateIp"] = eip.the(NETWORK_INTERFACE, wanted).outputs["privateIp"]
    return outputs


KINDS = (
    Kind(
        type=NETWORK_INTERFACE,
        inputs={
            **REGIONAL,
            "subnetId": refers_to(SUBNET, absent="InvalidSubnetID.NotFound", required=True, replaces=True),
            "privateIps": listing(address(), least=1, most=1, required=True, replaces=True),
            "securityGroups": listing(refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound"), unordered=True),
            "sourceDestCheck": flag(default=True),
            "description": text(most=255),
        },
        identify=prefixed("eni"),
        outputs=_interface_outputs,
        rules=(_address_is_free, _groups_are_of_its_vpc),
        in_use="InvalidParameterValue",
    ),
    Kind(
        type=EIP,
        inputs={
            **REGIONAL,
            "domain": text("vpc", default="vpc", replaces=True),
            "networkInterface": refers_to(NETWORK_INTERFACE, absent="InvalidNetworkInterfaceID.NotFound"),
        },
        identify=prefixed("eipalloc"),
        outputs=_eip_outputs,
        rules=(_has_an_internet_gateway,),
    ),
)

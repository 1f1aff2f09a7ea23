"""Network interfaces with fixed addresses, and Elastic IPs."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGIONAL, ec2_arn
from lab.clouds.aws.security_groups import SECURITY_GROUP
from lab.clouds.aws.vpc import EIP, INTERNET_GATEWAY, NETWORK_INTERFACE, SUBNET
from lab.clouds.declaration import Tie, address, flag, listing, refers_to, text
from lab.clouds.kind import Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema

GROUP = "aws:autoscaling/group:Group"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"

_FIRST_ELASTIC_IP = IPv4Address("203.0.113.10")
"""RFC 5737 addresses: they mean nothing outside the lab."""
_ELASTIC_IPS = 200


def machines_with(proposal: Proposal, interface_id: str) -> list[str]:
    """The Auto Scaling groups, but for the one at hand, whose machine has taken on an interface."""
    found = []
    for group in proposal.others(GROUP):
        template_id = (group.inputs.get("launchTemplate") or {}).get("id")
        cards = [card for t in proposal.store.of(LAUNCH_TEMPLATE) if t.id == template_id
                 for card in t.inputs.get("networkInterfaces", [])]  # fmt: skip
        wanted = group.inputs.get("desiredCapacity", group.inputs["minSize"])
        if wanted and any(card.get("networkInterfaceId") == interface_id for card in cards):
            found.append(group.id)
    return found


def _no_machine_has_it(interface: Proposal) -> Refusals:
    for group in machines_with(interface, interface.id):
        rule = f"network interface {interface.id} is currently in use by the machine of {group}"
        yield Refused("InvalidParameterValue", rule)


def _address_is_free(interface: Proposal) -> Refusals:
    subnet = interface.the(SUBNET, interface.inputs["subnetId"])
    cidr = IPv4Network(subnet.inputs["cidrBlock"])
    reserved = {*(cidr[number] for number in range(4)), cidr[-1]}
    for stated in interface.inputs.get("privateIps", []):
        if IPv4Address(stated) not in cidr:
            yield Refused("InvalidParameterValue", f"Address {stated} does not fall within the subnet's {cidr}")
        elif IPv4Address(stated) in reserved:
            yield Refused("InvalidParameterValue", f"Address {stated} is in subnet's reserved address range")
        for other in interface.others(NETWORK_INTERFACE):
            if other.inputs["subnetId"] == subnet.id and stated in other.outputs["privateIps"]:
                yield Refused("InvalidIPAddress.InUse", f"address {stated} is in use by {other.id}")


def _groups_are_of_its_vpc(interface: Proposal) -> Refusals:
    vpc_id = interface.the(SUBNET, interface.inputs["subnetId"]).inputs["vpcId"]
    for group in interface.inputs.get("securityGroups", []):
        if interface.the(SECURITY_GROUP, group).inputs.get("vpcId") != vpc_id:
            yield Refused("InvalidGroup.NotFound", f"{group} and {interface.inputs['subnetId']} are in different VPCs")


def _first_free(interface: Proposal) -> str:
    subnet = interface.the(SUBNET, interface.inputs["subnetId"])
    alike = [o for o in interface.others(NETWORK_INTERFACE) if o.inputs["subnetId"] == subnet.id]
    taken = {taken for other in alike for taken in other.outputs["privateIps"]}
    hosts = [*IPv4Network(subnet.inputs["cidrBlock"])][4:-1]
    return next(str(host) for host in hosts if str(host) not in taken)


def _interface_outputs(interface: Proposal) -> dict[str, Any]:
    digits = interface.digits(10, "mac")
    address_ = (interface.inputs.get("privateIps") or [interface.kept("privateIp", lambda: _first_free(interface))])[0]
    return {
        "arn": ec2_arn(interface, "network-interface"),
        "privateIps": [address_],
        "privateIp": address_,
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
            "privateIps": listing(address(), least=1, most=1, replaces=True),
            "securityGroups": listing(
                refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound"),
                most=5,
                code="SecurityGroupsPerInterfaceLimitExceeded",
                unordered=True,
            ),
            "sourceDestCheck": flag(default=True),
            "description": text(most=255),
        },
        schema=Schema(
            "AWS::EC2::NetworkInterface", names={"privateIps": "PrivateIpAddress", "securityGroups": "GroupSet"}
        ),
        identify=prefixed("eni"),
        outputs=_interface_outputs,
        rules=(_address_is_free, _groups_are_of_its_vpc),
        deletion_rules=(_no_machine_has_it,),
    ),
    Kind(
        type=EIP,
        inputs={
            **REGIONAL,
            "domain": text("vpc", default="vpc", replaces=True),
            "networkInterface": refers_to(
                NETWORK_INTERFACE, absent="InvalidNetworkInterfaceID.NotFound", tie=Tie.LOOSE
            ),
        },
        identify=prefixed("eipalloc"),
        outputs=_eip_outputs,
        quotas=(
            Quota(
                most=5, code="AddressLimitExceeded", rule="the maximum number of addresses, {most}, has been reached"
            ),
            Quota(
                most=1,
                per=("networkInterface",),
                code="Resource.AlreadyAssociated",
                rule="{networkInterface} already has an Elastic IP",
            ),
        ),
        rules=(_has_an_internet_gateway,),
    ),
)

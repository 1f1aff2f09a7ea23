"""The Transit Gateway: attachments, Connect peers and route tables, with the rules of AWS's TGW guide."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGIONAL, ec2_arn, vpc_networks
from lab.clouds.aws.routing import TRANSIT_GATEWAY, VPC_ATTACHMENT
from lab.clouds.aws.vpc import SUBNET, VPC
from lab.clouds.declaration import address, flag, listing, network, refers_to, text, whole
from lab.clouds.kind import Kind, Proposal, Refusals, Refused, prefixed
from lab.clouds.store import Resource

CONNECT = "aws:ec2transitgateway/connect:Connect"
CONNECT_PEER = "aws:ec2transitgateway/connectPeer:ConnectPeer"

_SWITCH = text("enable", "disable")
_PEERS_PER_ATTACHMENT = 4
_INSIDE = IPv4Network("169.254.0.0/16")
_RESERVED_INSIDE = (*(IPv4Network(f"169.254.{n}.0/29") for n in range(6)), IPv4Network("169.254.169.248/29"))
_PRIVATE_ASNS = (range(64512, 65535), range(4200000000, 4294967295))


def _gateway_asn_is_private(gateway: Proposal) -> Refusals:
    asn = gateway.inputs["amazonSideAsn"]
    if not any(asn in private for private in _PRIVATE_ASNS):
        rule = f"amazonSideAsn {asn} is outside 64512-65534 and 4200000000-4294967294"
        yield Refused("InvalidParameterValue", rule)


def _gateway_cidrs_are_usable(gateway: Proposal) -> Refusals:
    cidrs = [IPv4Network(cidr) for cidr in gateway.inputs.get("transitGatewayCidrBlocks", [])]
    for cidr in cidrs:
        if cidr.overlaps(_INSIDE):
            yield Refused("InvalidParameterValue", f"CIDR block {cidr} meets 169.254.0.0/16, which is reserved")
        for attachment in gateway.others(VPC_ATTACHMENT):
            for owned in vpc_networks(gateway, attachment.inputs["vpcId"]):
                if attachment.inputs["transitGatewayId"] == gateway.id and cidr.overlaps(owned):
                    yield Refused("InvalidParameterValue", f"CIDR block {cidr} overlaps attached VPC {owned}")


def _subnets_fit(attachment: Proposal) -> Refusals:
    vpc_id = attachment.inputs["vpcId"]
    subnets = [attachment.the(SUBNET, subnet) for subnet in attachment.inputs["subnetIds"]]
    for subnet in subnets:
        if subnet.inputs["vpcId"] != vpc_id:
            yield Refused("InvalidSubnetID.NotFound", f"{subnet.id} is not in {vpc_id}")
    zones = [subnet.outputs["availabilityZone"] for subnet in subnets]
    if len(set(zones)) != len(zones):
        yield Refused("DuplicateSubnetsInSameZone", "an attachment takes one subnet of a zone")


def _attached_once(attachment: Proposal) -> Refusals:
    for other in attachment.others(VPC_ATTACHMENT):
        same = ("transitGatewayId", "vpcId")
        if all(other.inputs[key] == attachment.inputs[key] for key in same):
            rule = f"{attachment.inputs['vpcId']} has the attachment {other.id} to this gateway already"
            yield Refused("DuplicateTransitGatewayAttachment", rule)
    gateway = attachment.the(TRANSIT_GATEWAY, attachment.inputs["transitGatewayId"])
    for cidr in map(IPv4Network, gateway.inputs.get("transitGatewayCidrBlocks", [])):
        for owned in vpc_networks(attachment, attachment.inputs["vpcId"]):
            if cidr.overlaps(owned):
                yield Refused("InvalidParameterValue", f"the VPC's {owned} overlaps the gateway's CIDR block {cidr}")


def _transport_is_of_the_gateway(connect: Proposal) -> Refusals:
    transport = connect.the(VPC_ATTACHMENT, connect.inputs["transportAttachmentId"])
    if transport.inputs["transitGatewayId"] != connect.inputs["transitGatewayId"]:
        yield Refused("InvalidTransitGatewayAttachmentID.NotFound", f"{transport.id} is of another gateway")


def _gateway_of(peer: Proposal) -> Resource:
    connect = peer.the(CONNECT, peer.inputs["transitGatewayAttachmentId"])
    return peer.the(TRANSIT_GATEWAY, connect.inputs["transitGatewayId"])


def _outer_addresses_fit(peer: Proposal) -> Refusals:
    cidrs = [IPv4Network(cidr) for cidr in _gateway_of(peer).inputs.get("transitGatewayCidrBlocks", [])]
    outer = peer.inputs["transitGatewayAddress"]
    if not any(IPv4Address(outer) in cidr for cidr in cidrs):
        stated = ", ".join(map(str, cidrs)) or "none"
        yield Refused("InvalidParameterValue", f"{outer} is in no CIDR block of the gateway ({stated})")
    for other in peer.others(CONNECT_PEER):
        if (other.inputs["transitGatewayAddress"], other.inputs["peerAddress"]) == (outer, peer.inputs["peerAddress"]):
            yield Refused("InvalidParameterValue", f"{other.id} uses the pair {outer} and {peer.inputs['peerAddress']}")


def _inside_is_usable(peer: Proposal) -> Refusals:
    for inside in map(IPv4Network, peer.inputs["insideCidrBlocks"]):
        if inside.prefixlen != 29 or not inside.subnet_of(_INSIDE):
            yield Refused("InvalidParameterValue", f"inside CIDR {inside} is no /29 of 169.254.0.0/16")
        elif inside in _RESERVED_INSIDE:
            yield Refused("InvalidParameterValue", f"inside CIDR {inside} is reserved by AWS")
        for other in peer.others(CONNECT_PEER):
            if any(inside.overlaps(IPv4Network(taken)) for taken in other.inputs["insideCidrBlocks"]):
                yield Refused("InvalidParameterValue", f"inside CIDR {inside} is in use by {other.id}")


def _peers_are_few(peer: Proposal) -> Refusals:
    attachment = peer.inputs["transitGatewayAttachmentId"]
    others = [o for o in peer.others(CONNECT_PEER) if o.inputs["transitGatewayAttachmentId"] == attachment]
    if len(others) >= _PEERS_PER_ATTACHMENT:
        yield Refused(
            "TransitGatewayConnectPeerLimitExceeded", f"{attachment} has {_PEERS_PER_ATTACHMENT} peers, the most"
        )


def _peer_outputs(peer: Proposal) -> dict[str, Any]:
    hosts = [str(host) for host in IPv4Network(peer.inputs["insideCidrBlocks"][0]).hosts()]
    return {
        "arn": ec2_arn(peer, "transit-gateway-connect-peer"),
        "bgpPeerAddress": hosts[0],
        "bgpTransitGatewayAddresses": hosts[1:3],
    }


_HUB = refers_to(TRANSIT_GATEWAY, absent="InvalidTransitGatewayID.NotFound", required=True, replaces=True)

KINDS = (
    Kind(
        type=TRANSIT_GATEWAY,
        inputs={
            **REGIONAL,
            "amazonSideAsn": whole(1, default=64512),
            "description": text(),
            "transitGatewayCidrBlocks": listing(network(0, 24, "InvalidParameterValue"), most=5, unordered=True),
            **{
                name: text("enable", "disable", default=default)
                for name, default in (
                    ("autoAcceptSharedAttachments", "disable"),
                    ("defaultRouteTableAssociation", "enable"),
                    ("defaultRouteTablePropagation", "enable"),
                    ("dnsSupport", "enable"),
                    ("vpnEcmpSupport", "enable"),
                    ("multicastSupport", "disable"),
                )
            },
        },
        identify=prefixed("tgw"),
        outputs=lambda gateway: {"arn": ec2_arn(gateway, "transit-gateway"), "ownerId": ACCOUNT_ID},
        rules=(_gateway_asn_is_private, _gateway_cidrs_are_usable),
        in_use="IncorrectState",
    ),
    Kind(
        type=VPC_ATTACHMENT,
        inputs={
            **REGIONAL,
            "transitGatewayId": _HUB,
            "vpcId": refers_to(VPC, absent="InvalidVpcID.NotFound", required=True, replaces=True),
            "subnetIds": listing(
                refers_to(SUBNET, absent="InvalidSubnetID.NotFound"), least=1, required=True, unordered=True
            ),
            "applianceModeSupport": _SWITCH,
            "dnsSupport": _SWITCH,
            "transitGatewayDefaultRouteTableAssociation": flag(default=True),
            "transitGatewayDefaultRouteTablePropagation": flag(default=True),
        },
        identify=prefixed("tgw-attach"),
        outputs=lambda it: {"arn": ec2_arn(it, "transit-gateway-attachment"), "vpcOwnerId": ACCOUNT_ID},
        rules=(_subnets_fit, _attached_once),
        in_use="IncorrectState",
    ),
    Kind(
        type=CONNECT,
        inputs={
            **REGIONAL,
            "transitGatewayId": _HUB,
            "transportAttachmentId": refers_to(
                VPC_ATTACHMENT, absent="InvalidTransitGatewayAttachmentID.NotFound", required=True, replaces=True
            ),
            "protocol": text("gre", default="gre", replaces=True),
            "transitGatewayDefaultRouteTableAssociation": flag(default=True),
            "transitGatewayDefaultRouteTablePropagation": flag(default=True),
        },
        identify=prefixed("tgw-attach"),
        rules=(_transport_is_of_the_gateway,),
        in_use="IncorrectState",
    ),
    Kind(
        type=CONNECT_PEER,
        inputs={
            **REGIONAL,
            "transitGatewayAttachmentId": refers_to(
                CONNECT, absent="InvalidTransitGatewayAttachmentID.NotFound", required=True, replaces=True
            ),
            "transitGatewayAddress": address(required=True, replaces=True),
            "peerAddress": address(required=True, replaces=True),
            "insideCidrBlocks": listing(network(), least=1, most=1, required=True, replaces=True),
            "bgpAsn": text(pattern=r"\d{1,10}", meaning="an ASN as a string", required=True, replaces=True),
        },
        identify=prefixed("tgw-connect-peer"),
        outputs=_peer_outputs,
        rules=(_outer_addresses_fit, _inside_is_usable, _peers_are_few),
    ),
)

"""The Transit Gateway: attachments, Connect peers and route tables, with the rules of AWS's TGW guide."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGIONAL, ec2_arn, vpc_networks
from lab.clouds.aws.routing import TRANSIT_GATEWAY, VPC_ATTACHMENT
from lab.clouds.aws.vpc import SUBNET, VPC
from lab.clouds.declaration import address, flag, listing, network, refers_to, text, whole
from lab.clouds.kind import Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema
from lab.clouds.store import Resource

CONNECT = "aws:ec2transitgateway/connect:Connect"
CONNECT_PEER = "aws:ec2transitgateway/connectPeer:ConnectPeer"

_SWITCH = text("enable", "disable")
_INSIDE = IPv4Network("169.254.0.0/16")
_RESERVED_INSIDE = (*(IPv4Network(f"169.254.{n}.0/29") for n in range(6)), IPv4Network("169.254.169.248/29"))
_HIGHEST_ASN = 2**32 - 2
"""RFC 7300 reserves the last one."""
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
        if sum(cidr.overlaps(other) for other in cidrs) > 1:
            yield Refused("InvalidParameterValue", f"CIDR block {cidr} overlaps another one of the gateway")
        for attachment in gateway.others(VPC_ATTACHMENT):
            for owned in vpc_networks(gateway, attachment.inputs["vpcId"]):
                if attachment.inputs["transitGatewayId"] == gateway.id and cidr.overlaps(owned):
                    yield Refused("InvalidParameterValue", f"CIDR block {cidr} overlaps attached VPC {owned}")


def _peers_keep_their_addresses(gateway: Proposal) -> Refusals:
    cidrs = [IPv4Network(cidr) for cidr in gateway.inputs.get("transitGatewayCidrBlocks", [])]
    connects = {connect.id for connect in gateway.others(CONNECT) if connect.inputs["transitGatewayId"] == gateway.id}
    for peer in gateway.others(CONNECT_PEER):
        outer = IPv4Address(peer.outputs["transitGatewayAddress"])
        is_ours = peer.inputs["transitGatewayAttachmentId"] in connects
        if is_ours and not any(outer in cidr for cidr in cidrs):
            yield Refused("IncorrectState", f"the CIDR block of {outer} is in use by Connect peer {peer.id}")


def _asn_stays_under_bgp(gateway: Proposal) -> Refusals:
    if gateway.old is None or gateway.old.outputs["amazonSideAsn"] == gateway.inputs["amazonSideAsn"]:
        return
    for connect in gateway.others(CONNECT):
        if connect.inputs["transitGatewayId"] == gateway.id:
            rule = f"the ASN cannot change while the gateway has Connect attachment {connect.id}"
            yield Refused("IncorrectState", rule)


def _subnets_fit(attachment: Proposal) -> Refusals:
    vpc_id = attachment.inputs["vpcId"]
    subnets = [attachment.the(SUBNET, subnet) for subnet in attachment.inputs["subnetIds"]]
    for subnet in subnets:
        if subnet.inputs["vpcId"] != vpc_id:
            yield Refused("InvalidSubnetID.NotFound", f"{subnet.id} is not in {vpc_id}")
    zones = [subnet.outputs["availabilityZone"] for subnet in subnets]
    if len(set(zones)) != len(zones):
        yield Refused("DuplicateSubnetsInSameZone", "an attachment takes one subnet of a zone")


def _vpc_lies_apart_from_the_gateway(attachment: Proposal) -> Refusals:
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


def _outer_cidrs(peer: Proposal) -> list[IPv4Network]:
    return [IPv4Network(cidr) for cidr in _gateway_of(peer).inputs.get("transitGatewayCidrBlocks", [])]


def _outer(peer: Proposal) -> str:
    """The gateway's GRE address: as stated, or the first free one of its CIDR blocks."""
    taken = {other.outputs["transitGatewayAddress"] for other in peer.others(CONNECT_PEER)}
    free = (str(host) for cidr in _outer_cidrs(peer) for host in cidr.hosts() if str(host) not in taken)
    return str(peer.inputs.get("transitGatewayAddress") or peer.kept("transitGatewayAddress", lambda: next(free, "")))


def _gateway_has_outer_addresses(peer: Proposal) -> Refusals:
    if not _outer_cidrs(peer):
        rule = f"{_gateway_of(peer).id} has no CIDR block to take the peer's address from"
        yield Refused("InvalidParameterValue", rule)


def _outer_addresses_fit(peer: Proposal) -> Refusals:
    cidrs = _outer_cidrs(peer)
    outer = _outer(peer)
    if not outer:
        return
    if not any(IPv4Address(outer) in cidr for cidr in cidrs):
        stated = ", ".join(map(str, cidrs)) or "none"
        yield Refused("InvalidParameterValue", f"{outer} is in no CIDR block of the gateway ({stated})")
    for other in peer.others(CONNECT_PEER):
        if (other.outputs["transitGatewayAddress"], other.inputs["peerAddress"]) == (outer, peer.inputs["peerAddress"]):
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


def _asn_is_one(peer: Proposal) -> Refusals:
    asn = int(peer.inputs.get("bgpAsn", 1))
    if not 1 <= asn <= _HIGHEST_ASN:
        yield Refused("InvalidParameterValue", f"bgpAsn {asn} is outside 1-{_HIGHEST_ASN}")


def _peer_outputs(peer: Proposal) -> dict[str, Any]:
    hosts = [str(host) for host in IPv4Network(peer.inputs["insideCidrBlocks"][0]).hosts()]
    return {
        "arn": ec2_arn(peer, "transit-gateway-connect-peer"),
        "transitGatewayAddress": _outer(peer),
        # Without an ASN of its own the peer speaks iBGP.
        "bgpAsn": peer.inputs.get("bgpAsn") or str(_gateway_of(peer).outputs["amazonSideAsn"]),
        "bgpPeerAddress": hosts[0],
        "bgpTransitGatewayAddresses": hosts[1:3],
    }


_GATEWAY = refers_to(TRANSIT_GATEWAY, absent="InvalidTransitGatewayID.NotFound", required=True, replaces=True)

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
                )
            },
            "multicastSupport": text("enable", "disable", default="disable", replaces=True),
        },
        schema=Schema(
            "AWS::EC2::TransitGateway",
            not_alike={
                "amazonSideAsn": "ModifyTransitGateway changes it in place while there is no Connect attachment"
            },
        ),
        identify=prefixed("tgw"),
        quotas=(Quota(most=5, code="TransitGatewayLimitExceeded", rule="an account has at most {most} gateways"),),
        outputs=lambda gateway: {"arn": ec2_arn(gateway, "transit-gateway"), "ownerId": ACCOUNT_ID},
        rules=(
            _gateway_asn_is_private,
            _gateway_cidrs_are_usable,
            _peers_keep_their_addresses,
            _asn_stays_under_bgp,
        ),
        in_use="IncorrectState",
    ),
    Kind(
        type=VPC_ATTACHMENT,
        inputs={
            **REGIONAL,
            "transitGatewayId": _GATEWAY,
            "vpcId": refers_to(VPC, absent="InvalidVpcID.NotFound", required=True, replaces=True),
            "subnetIds": listing(
                refers_to(SUBNET, absent="InvalidSubnetID.NotFound"), least=1, required=True, unordered=True
            ),
            "applianceModeSupport": _SWITCH,
            "dnsSupport": _SWITCH,
            "transitGatewayDefaultRouteTableAssociation": flag(default=True),
            "transitGatewayDefaultRouteTablePropagation": flag(default=True),
        },
        schema=Schema(
            "AWS::EC2::TransitGatewayVpcAttachment",
            not_alike={"subnetIds": "ModifyTransitGatewayVpcAttachment adds and removes subnets in place"},
        ),
        identify=prefixed("tgw-attach"),
        outputs=lambda it: {"arn": ec2_arn(it, "transit-gateway-attachment"), "vpcOwnerId": ACCOUNT_ID},
        quotas=(
            Quota(
                most=1,
                per=("transitGatewayId", "vpcId"),
                code="DuplicateTransitGatewayAttachment",
                rule="{transitGatewayId} has an attachment to {vpcId} already",
            ),
            Quota(
                most=5,
                per=("vpcId",),
                code="TransitGatewayAttachmentLimitExceeded",
                rule="{vpcId} has at most {most} gateways",
            ),
        ),
        rules=(_subnets_fit, _vpc_lies_apart_from_the_gateway),
        in_use="IncorrectState",
    ),
    Kind(
        type=CONNECT,
        inputs={
            **REGIONAL,
            "transitGatewayId": _GATEWAY,
            "transportAttachmentId": refers_to(
                VPC_ATTACHMENT, absent="InvalidTransitGatewayAttachmentID.NotFound", required=True, replaces=True
            ),
            "protocol": text("gre", default="gre", replaces=True),
            "transitGatewayDefaultRouteTableAssociation": flag(default=True),
            "transitGatewayDefaultRouteTablePropagation": flag(default=True),
        },
        schema=Schema(
            "AWS::EC2::TransitGatewayConnect",
            names={"transportAttachmentId": "TransportTransitGatewayAttachmentId", "protocol": "Options/Protocol"},
            not_alike={"transitGatewayId": "CloudFormation reads it from the transport attachment"},
        ),
        identify=prefixed("tgw-attach"),
        outputs=lambda it: {"arn": ec2_arn(it, "transit-gateway-attachment")},
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
            "transitGatewayAddress": address(replaces=True),
            "peerAddress": address(required=True, replaces=True),
            "insideCidrBlocks": listing(network(), least=1, most=1, required=True, replaces=True),
            "bgpAsn": text(pattern=r"\d{1,10}", meaning="an ASN as a string", replaces=True),
        },
        schema=Schema(
            "AWS::EC2::TransitGatewayConnectPeer",
            names={
                "transitGatewayAddress": "ConnectPeerConfiguration/TransitGatewayAddress",
                "peerAddress": "ConnectPeerConfiguration/PeerAddress",
                "insideCidrBlocks": "ConnectPeerConfiguration/InsideCidrBlocks",
                "bgpAsn": "ConnectPeerConfiguration/BgpConfigurations/*/PeerAsn",
            },
        ),
        identify=prefixed("tgw-connect-peer"),
        outputs=_peer_outputs,
        quotas=(
            Quota(
                most=4,
                per=("transitGatewayAttachmentId",),
                code="TransitGatewayConnectPeerLimitExceeded",
                rule="{transitGatewayAttachmentId} has at most {most} peers",
            ),
        ),
        rules=(_gateway_has_outer_addresses, _outer_addresses_fit, _inside_is_usable, _asn_is_one),
    ),
)

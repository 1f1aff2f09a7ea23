"""What AWS refuses of Transit Gateways, their attachments and Connect peers."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import CONNECT, CONNECT_PEER, GATEWAY, OFF, PEER_A, SUBNET, VPC, VPC_ATTACHMENT

BLOCKS = "transitGatewayCidrBlocks"


@pytest.mark.parametrize(
    "row",
    [
        case("its asn is private", "InvalidParameterValue", "outside 64512-65534", amazonSideAsn=65535),
        case("its asn is not reserved", "InvalidParameterValue", "4200000000-4294967294", amazonSideAsn=4294967295),
        case("a block is 24 or larger", "InvalidParameterValue", "from /0 to /24", **{BLOCKS: ["10.99.0.0/25"]}),
        case("a block is not link local", "InvalidParameterValue", "169.254.0.0/16", **{BLOCKS: ["169.254.8.0/24"]}),
        case("blocks do not overlap", "InvalidParameterValue", "overlaps another one",
             **{BLOCKS: ["10.99.0.0/24", "10.99.0.0/16"]}),
        case("blocks are at most five", "InvalidParameterValue", "at most 5, has 6",
             **{BLOCKS: [f"10.{number}.0.0/24" for number in range(6)]}),
        case("a switch is enable or disable", "InvalidParameterValue", "enable, disable", dnsSupport="maybe"),
    ],
)  # fmt: skip
def test_a_gateway(clouds: Clouds, row: Case) -> None:
    refused(clouds, GATEWAY, {"amazonSideAsn": 64512, BLOCKS: ["10.99.0.0/24"]}, row)


def test_an_account_has_five_gateways(clouds: Clouds) -> None:
    for number in range(5):
        clouds.create(GATEWAY, f"gateway-{number}")
    with pytest.raises(Refused, match=r"TransitGatewayLimitExceeded: an account has at most 5"):
        clouds.create(GATEWAY, "one more")


def test_a_gateways_asn_stays_while_it_speaks_bgp(gateway: Clouds) -> None:
    with pytest.raises(Refused, match=r"IncorrectState: the ASN cannot change while .* Connect attachment"):
        gateway.update("gateway", amazonSideAsn=64999)
    gateway.update("other-gateway", amazonSideAsn=64999)


def test_a_gateways_block_stays_while_a_peer_uses_it_or_a_vpc_has_it(gateway: Clouds) -> None:
    gateway.create(CONNECT_PEER, "peer", **PEER_A)
    with pytest.raises(Refused, match=r"IncorrectState: the CIDR block of 10.99.0.1 is in use by Connect peer"):
        gateway.update("gateway", **{BLOCKS: ["10.97.0.0/24"]})
    with pytest.raises(Refused, match=r"InvalidParameterValue: CIDR block 10.0.0.0/24 overlaps attached VPC"):
        gateway.update("gateway", **{BLOCKS: ["10.99.0.0/24", "10.0.0.0/24"]})


@pytest.mark.parametrize(
    "row",
    [
        case("it is the only one", "DuplicateTransitGatewayAttachment", "has an attachment to vpc-", vpcId="$vpc",
             subnetIds=["$subnet-a"]),
        case("its subnets are of its vpc", "InvalidSubnetID.NotFound", "is not in vpc-", subnetIds=["$subnet-a"]),
        case("it has one subnet a zone", "DuplicateSubnetsInSameZone", "one subnet of a zone",
             subnetIds=["$other-subnet", "$twin"]),
        case("it has a subnet", "InvalidParameterValue", "at least 1", subnetIds=[]),
        case("its vpc lies apart from the blocks", "InvalidParameterValue", "overlaps the gateway's CIDR block",
             vpcId="$same", subnetIds=["$in-same"]),
        case("its gateway exists", "InvalidTransitGatewayID.NotFound", "no resource has it", transitGatewayId="tgw-0"),
    ],
)  # fmt: skip
def test_a_vpc_attachment(gateway: Clouds, row: Case) -> None:
    gateway.create(SUBNET, "twin", vpcId="$other-vpc", cidrBlock="10.1.1.0/24")
    gateway.create(VPC, "same", cidrBlock="10.99.0.0/16")
    gateway.create(SUBNET, "in-same", vpcId="$same", cidrBlock="10.99.1.0/24")
    refused(
        gateway,
        VPC_ATTACHMENT,
        {"transitGatewayId": "$gateway", "vpcId": "$other-vpc", "subnetIds": ["$other-subnet"], **OFF},
        row,
    )


def test_a_vpc_has_at_most_five_gateways(network: Clouds) -> None:
    for number in range(5):
        network.create(GATEWAY, f"gateway-{number}")
        inputs = {"transitGatewayId": f"$gateway-{number}", "vpcId": "$vpc", "subnetIds": ["$subnet-a"]}
        network.create(VPC_ATTACHMENT, f"attachment-{number}", **inputs)
    network.store.seed(GATEWAY, "tgw-others", {}, {"defaultRouteTableAssociation": "disable"})
    with pytest.raises(Refused, match=r"TransitGatewayAttachmentLimitExceeded: vpc-.* at most 5 gateways"):
        network.create(VPC_ATTACHMENT, "one more", **{**inputs, "transitGatewayId": "tgw-others"})


def test_connect_rides_on_an_attachment_of_its_own_gateway_and_speaks_gre(gateway: Clouds) -> None:
    inputs = {"transitGatewayId": "$gateway", "transportAttachmentId": "$transport"}
    with pytest.raises(Refused, match=r"InvalidTransitGatewayAttachmentID.NotFound: .* of another gateway"):
        gateway.create(CONNECT, "stray", **{**inputs, "transitGatewayId": "$other-gateway"})
    with pytest.raises(Refused, match=r"InvalidParameterValue: protocol: 'vxlan' must be one of gre"):
        gateway.create(CONNECT, "vxlan", **inputs, protocol="vxlan")


@pytest.mark.parametrize(
    "row",
    [
        case("its outer address is of the gateway", "InvalidParameterValue", "is in no CIDR block",
             transitGatewayAddress="10.98.0.1"),
        case("its pair is its own", "InvalidParameterValue", "uses the pair", insideCidrBlocks=["169.254.7.0/29"],
             peerAddress="10.0.0.10"),
        case("its inside is its own", "InvalidParameterValue", "is in use by", insideCidrBlocks=["169.254.6.0/29"]),
        case("its inside is a 29", "InvalidParameterValue", "no /29 of", insideCidrBlocks=["169.254.7.0/28"]),
        case("its inside is link local", "InvalidParameterValue", "no /29 of", insideCidrBlocks=["10.7.0.0/29"]),
        *(
            case(f"{reserved} is reserved", "InvalidParameterValue", "reserved by AWS",
                 insideCidrBlocks=[f"{reserved}/29"])
            for reserved in (*(f"169.254.{number}.0" for number in range(6)), "169.254.169.248")
        ),
        case("its peer has an address", "InvalidParameterValue", "an IPv4 address", peerAddress="not-an-ip"),
        case("its asn is one", "InvalidParameterValue", "outside 1-4294967294", bgpAsn="0"),
        case("its asn is a string", "InvalidParameterValue", "must be a string", bgpAsn=64513),
        case("its attachment is connect", "InvalidTransitGatewayAttachmentID.NotFound",
             "it is a aws:ec2transitgateway/vpcAttachment", transitGatewayAttachmentId="$transport"),
    ],
)  # fmt: skip
def test_a_connect_peer(gateway: Clouds, row: Case) -> None:
    gateway.create(CONNECT_PEER, "first", **PEER_A)
    refused(gateway, CONNECT_PEER, {**PEER_A, "peerAddress": "10.0.1.10", "insideCidrBlocks": ["169.254.7.0/29"]}, row)


def test_a_connect_attachment_has_at_most_four_peers(gateway: Clouds) -> None:
    peers = [
        {**PEER_A, "peerAddress": f"10.0.0.{number}", "insideCidrBlocks": [f"169.254.{number}.0/29"]}
        for number in range(20, 25)
    ]
    for number, peer in enumerate(peers[:4]):
        gateway.create(CONNECT_PEER, f"peer-{number}", **peer)
    with pytest.raises(Refused, match=r"TransitGatewayConnectPeerLimitExceeded: .* at most 4 peers"):
        gateway.create(CONNECT_PEER, "one more", **peers[4])


def test_a_peer_without_an_outer_address_gets_the_first_free_one_and_without_an_asn_the_gateways(
    gateway: Clouds,
) -> None:
    gateway.create(CONNECT_PEER, "first", **PEER_A)
    found = gateway.create(
        CONNECT_PEER, "second",
        **{**PEER_A, "insideCidrBlocks": ["169.254.7.0/29"], "transitGatewayAddress": LEFT_OUT, "bgpAsn": LEFT_OUT},
    )  # fmt: skip

    assert (found.outputs["transitGatewayAddress"], found.outputs["bgpAsn"]) == ("10.99.0.2", "64512")


def test_a_peer_needs_a_gateway_with_a_block(network: Clouds) -> None:
    network.create(GATEWAY, "bare")
    inputs = {"transitGatewayId": "$bare", "vpcId": "$vpc", "subnetIds": ["$subnet-a"]}
    network.create(VPC_ATTACHMENT, "transport", **inputs)
    network.create(CONNECT, "connect", transitGatewayId="$bare", transportAttachmentId="$transport")
    with pytest.raises(Refused, match=r"InvalidParameterValue: tgw-.* has no CIDR block"):
        network.create(CONNECT_PEER, "peer", **{**PEER_A, "transitGatewayAddress": LEFT_OUT})


def test_gateway_attachment_connect_and_peer_go_in_this_order_from_the_end(gateway: Clouds) -> None:
    gateway.create(CONNECT_PEER, "peer", **PEER_A)
    for name, holder in (("gateway", "Connect "), ("transport", "Connect "), ("connect", "ConnectPeer ")):
        with pytest.raises(Refused, match=rf"IncorrectState: tgw-.* is in use by .*{holder}"):
            gateway.delete(name)
    for name in ("peer", "connect", "transport", "gateway-table", "gateway"):
        gateway.delete(name)

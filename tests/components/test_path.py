"""Gateway, VPCs and Connect: what is joined to what."""

from __future__ import annotations

from tests.components.recorder import Engine, deploy

TGW = "aws:ec2transitgateway/"


def joins(engine: Engine, kind: str) -> set[tuple[str, str]]:
    """(attachment, table) of every association or propagation."""
    return {
        (made.inputs["transitGatewayAttachmentId"], made.inputs["transitGatewayRouteTableId"])
        for made in engine.made
        if made.type.endswith(f":{kind}") and made.type.startswith(TGW)
    }


def test_the_gateway_joins_nothing_by_itself(lab: Engine) -> None:
    gateway = lab.the(f"{TGW}transitGateway:TransitGateway", "gateway").inputs

    assert gateway["defaultRouteTableAssociation"] == gateway["defaultRouteTablePropagation"] == "disable"
    assert gateway["vpnEcmpSupport"] == "enable"
    assert (gateway["amazonSideAsn"], gateway["transitGatewayCidrBlocks"]) == (64512, ["10.254.0.0/24"])


def test_every_attachment_looks_up_its_own_table(lab: Engine) -> None:
    assert joins(lab, "RouteTableAssociation") == {
        ("VpcAttachment-vpc-1", "RouteTable-gateway-vpcs"),
        ("VpcAttachment-vpc-2", "RouteTable-gateway-vpcs"),
        ("VpcAttachment-router-vpc", "RouteTable-gateway-transport"),
        ("Connect-connect", "RouteTable-gateway-connect"),
    }


def test_vpcs_hear_of_sites_only_and_connect_of_vpcs_only(lab: Engine) -> None:
    assert joins(lab, "RouteTablePropagation") == {
        ("VpcAttachment-vpc-1", "RouteTable-gateway-connect"),
        ("VpcAttachment-vpc-2", "RouteTable-gateway-connect"),
        ("VpcAttachment-router-vpc", "RouteTable-gateway-connect"),
        ("Connect-connect", "RouteTable-gateway-vpcs"),
        ("Connect-connect", "RouteTable-gateway-transport"),
    }


def test_each_table_drops_the_private_ranges_that_nothing_announces(lab: Engine) -> None:
    dropped = {
        (made.inputs["transitGatewayRouteTableId"], made.inputs["destinationCidrBlock"])
        for made in lab.made
        if made.type == f"{TGW}route:Route" and made.inputs["blackhole"]
    }

    assert dropped == {
        (f"RouteTable-gateway-{table}", network)
        for table in ("vpcs", "connect", "transport")
        for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    }


def test_a_connect_peer_is_pinned_and_leaves_before_its_successor_comes(lab: Engine) -> None:
    peer = lab.the(f"{TGW}connectPeer:ConnectPeer", "connect-aws-b")

    assert {key: value for key, value in peer.inputs.items() if key != "tags"} == {
        "transitGatewayAttachmentId": "Connect-connect",
        "peerAddress": "10.255.0.42",
        "transitGatewayAddress": "10.254.0.2",
        "insideCidrBlocks": ["169.254.6.8/29"],
        "bgpAsn": "64513",
    }
    assert peer.options.deleteBeforeReplace


def routes(engine: Engine, component: str) -> set[tuple[str, str, str]]:
    return {
        (i["routeTableId"], i["destinationCidrBlock"], i.get("transitGatewayId") or i["gatewayId"])
        for i in (m.inputs for m in engine.made if m.type == "aws:ec2/route:Route" and m.parent == component)
    }


def test_routers_reach_the_internet_and_the_gateway_and_attachment_subnets_neither(lab: Engine) -> None:
    assert routes(lab, "router-vpc") == {
        ("RouteTable-router-vpc-routers", "0.0.0.0/0", "InternetGateway-router-vpc"),
        ("RouteTable-router-vpc-routers", "10.254.0.0/24", "TransitGateway-gateway"),
        ("RouteTable-router-vpc-routers", "10.253.0.0/24", "TransitGateway-gateway"),
    }


def test_a_new_vpcs_hosts_send_the_private_ranges_to_the_gateway_once_it_is_attached(lab: Engine) -> None:
    assert routes(lab, "vpc-1") == {
        ("RouteTable-vpc-1-hosts", network, "TransitGateway-gateway")
        for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
    }
    assert f"{TGW}vpcAttachment:VpcAttachment::vpc-1" in lab.the("aws:ec2/route:Route", "vpc-1-hosts-10.0.0.0-8").after


def test_of_an_existing_vpc_only_the_named_tables_change() -> None:
    existing = {
        "id": 2,
        "name": "shared",
        "cidrs": ["10.21.0.0/20"],
        "aggregates": ["192.168.0.0/16"],
        "existing": {
            "vpc_id": "vpc-0abc0123456789def",
            "subnet_ids": {"a": "subnet-0a0123456789abcde", "c": "subnet-0c0123456789abcde"},
            "route_table_ids": ["rtb-0a0123456789abcde"],
        },
    }
    engine = deploy(lambda path: path["vpcs"].__setitem__(1, existing))

    assert {(type_, name) for parent, type_, name in engine.children() if parent == "vpc-2"} == {
        (f"{TGW}vpcAttachment:VpcAttachment", "vpc-2"),
        (f"{TGW}routeTableAssociation:RouteTableAssociation", "vpc-2"),
        (f"{TGW}routeTablePropagation:RouteTablePropagation", "vpc-2-connect"),
        ("aws:ec2/route:Route", "vpc-2-rtb-0a0123456789abcde-192.168.0.0-16"),
    }
    assert routes(engine, "vpc-2") == {("rtb-0a0123456789abcde", "192.168.0.0/16", "TransitGateway-gateway")}

"""Each public component by itself, built by hand: exactly its children, under it, with nothing of a plan or a stack."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pytest

from components import (
    AwsRouterArgs,
    AwsWireGuardRouterPair,
    AwsWireGuardRouterPairArgs,
    ConnectPeer,
    GatewayRef,
    GatewayTables,
    SakuraRouterArgs,
    SakuraWireGuardRouterPair,
    SakuraWireGuardRouterPairArgs,
    SsmHybridNode,
    SsmHybridNodeArgs,
    TgwConnectAttachment,
    TgwConnectAttachmentArgs,
    TunnelPort,
    VpcOnPath,
    VpcOnPathArgs,
    new_vpc,
)
from tests.components.recorder import Engine, run

TUNNELS = [
    TunnelPort(name="wg-office", router="one", peer="office", port=51820),
    TunnelPort(name="wg-office", router="two", peer="office", port=51821),
]


def connect(name: str) -> pulumi.ComponentResource:
    peers = {
        router: ConnectPeer(
            router=router,
            router_address=IPv4Address(f"10.1.0.{host}"),
            gateway_address=IPv4Address(f"10.2.0.{host}"),
            inside_cidr=IPv4Network(f"169.254.{host}.0/29"),
        )
        for router, host in (("one", 10), ("two", 11))
    }
    args = TgwConnectAttachmentArgs(
        gateway_id="tgw-1",
        transport_attachment_id="tgw-attach-1",
        route_table_id="tgw-rtb-1",
        announce_to={"all": "tgw-rtb-2"},
        peers=peers,
        router_asn=64999,
    )
    return TgwConnectAttachment(name, args)


def node(name: str) -> pulumi.ComponentResource:
    return SsmHybridNode(name, SsmHybridNodeArgs(region="ap-northeast-1", account_id="123456789012", disk="shed/1"))


def aws_pair(name: str) -> pulumi.ComponentResource:
    routers = {
        router: AwsRouterArgs(
            zone=zone, subnet_id=f"subnet-{router}", private_address=IPv4Address(address), boot_object="{}"
        )
        for router, zone, address in (
            ("one", "ap-northeast-1a", "10.1.0.10"),
            ("two", "ap-northeast-1c", "10.1.0.26"),
        )
    }
    args = AwsWireGuardRouterPairArgs(
        routers=routers,
        vpc_id="vpc-1",
        gateway_cidr=IPv4Network("10.2.0.0/24"),
        overlay_cidr=IPv4Network("10.3.0.0/24"),
        tunnels=TUNNELS,
        image_id="ami-1",
        instance_type="t4g.micro",
    )
    pair = AwsWireGuardRouterPair(name, args)
    pair.allow_peers({"office": "203.0.113.7"})
    return pair


def sakura_pair(name: str) -> pulumi.ComponentResource:
    args = SakuraWireGuardRouterPairArgs(
        routers={
            router: SakuraRouterArgs(closed_address=IPv4Address(address), disk="113/1", startup_note="#!/bin/sh\n")
            for router, address in (("one", "172.16.0.2"), ("two", "172.16.0.3"))
        },
        switch_id="114",
        archive_id="113",
        tunnels=TUNNELS,
        peer_addresses={"office": "203.0.113.7"},
    )
    return SakuraWireGuardRouterPair(name, args)


def vpc(name: str) -> pulumi.ComponentResource:
    tables = GatewayTables(vpcs="tgw-rtb-1", connect="tgw-rtb-2", transport="tgw-rtb-3")
    args = VpcOnPathArgs(
        region="ap-northeast-1",
        vpc=new_vpc(IPv4Network("10.4.0.0/20"), ["a"]),
        gateway=GatewayRef(id="tgw-1", tables=tables),
        aggregates=[IPv4Network("192.168.0.0/16")],
    )
    return VpcOnPath(name, args)


OURS = "flets-to-vpc:index:"
TGW = "aws:ec2transitgateway/"
RULES = {
    f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule x-{router}-{short}-{key}"
    for router in ("one", "two")
    for way, short, keys in (
        ("Ingress", "in", ("gre", "bfd", "probe", "fragmentation-needed", "wg-office")),
        ("Egress", "out", ("gre", "bfd", "icmp", "https", "wg-office")),
    )
    for key in keys
}

CHILDREN: dict[Callable[[str], pulumi.ComponentResource], set[str]] = {
    connect: {
        f"{TGW}connect:Connect x",
        f"{TGW}routeTableAssociation:RouteTableAssociation x",
        f"{TGW}routeTablePropagation:RouteTablePropagation x-all",
        f"{TGW}connectPeer:ConnectPeer x-one",
        f"{TGW}connectPeer:ConnectPeer x-two",
    },
    node: {
        "aws:iam/role:Role x",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment x",
        "aws:ssm/activation:Activation x",
    },
    aws_pair: RULES
    | {
        f"{type_} x-{router}"
        for router in ("one", "two")
        for type_ in (
            f"{OURS}RouterSecurityGroup",
            f"{OURS}RouterInstance",
            "aws:ec2/securityGroup:SecurityGroup",
            "aws:ec2/networkInterface:NetworkInterface",
            "aws:ec2/eip:Eip",
            "aws:ec2/launchTemplate:LaunchTemplate",
            "aws:autoscaling/group:Group",
            "aws:iam/role:Role",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            "aws:iam/instanceProfile:InstanceProfile",
        )
    },
    sakura_pair: {
        f"sakuracloud:index/{type_} x-{router}"
        for router in ("one", "two")
        for type_ in ("server:Server", "disk:Disk", "packetFilter:PacketFilter", "note:Note")
    },
    vpc: {
        "aws:ec2/vpc:Vpc x",
        "aws:ec2/routeTable:RouteTable x-hosts",
        "aws:ec2/routeTable:RouteTable x-attachment",
        "aws:ec2/subnet:Subnet x-hosts-a",
        "aws:ec2/subnet:Subnet x-attachment-a",
        "aws:ec2/routeTableAssociation:RouteTableAssociation x-hosts-a",
        "aws:ec2/routeTableAssociation:RouteTableAssociation x-attachment-a",
        f"{TGW}vpcAttachment:VpcAttachment x",
        f"{TGW}routeTableAssociation:RouteTableAssociation x",
        f"{TGW}routeTablePropagation:RouteTablePropagation x-connect",
        "aws:ec2/route:Route x-hosts-192.168.0.0-16",
    },
}

EACH = pytest.mark.parametrize("component", list(CHILDREN), ids=lambda component: component.__name__)


@EACH
def test_it_makes_exactly_its_children_all_under_itself(component: Callable[[str], pulumi.ComponentResource]) -> None:
    root, *children = run(lambda: component("x")).made

    assert {f"{child.type} {child.name}" for child in children} == CHILDREN[component]
    assert len(children) == len(CHILDREN[component])
    assert root.type.startswith(OURS)
    assert all(f"::{root.type}$" in child.urn for child in children)
    assert all(child.parent.split("-")[0] == "x" for child in children)


@EACH
def test_two_of_it_stand_side_by_side(component: Callable[[str], pulumi.ComponentResource]) -> None:
    urns = [made.urn for made in run(lambda: (component("x"), component("y"))).made]

    assert len(urns) == len(set(urns))


def inputs(engine: Engine, type_: str, name: str) -> dict[str, object]:
    return {key: value for key, value in engine.the(type_, name).inputs.items() if key != "tags"}


def test_connect_says_who_looks_up_where_and_who_hears_of_it() -> None:
    engine = run(lambda: connect("x"))

    assert inputs(engine, f"{TGW}connect:Connect", "x") == {
        "transitGatewayId": "tgw-1",
        "transportAttachmentId": "tgw-attach-1",
        "transitGatewayDefaultRouteTableAssociation": False,
        "transitGatewayDefaultRouteTablePropagation": False,
    }
    assert inputs(engine, f"{TGW}routeTableAssociation:RouteTableAssociation", "x") == {
        "transitGatewayAttachmentId": "Connect-x",
        "transitGatewayRouteTableId": "tgw-rtb-1",
    }
    assert inputs(engine, f"{TGW}routeTablePropagation:RouteTablePropagation", "x-all") == {
        "transitGatewayAttachmentId": "Connect-x",
        "transitGatewayRouteTableId": "tgw-rtb-2",
    }
    assert inputs(engine, f"{TGW}connectPeer:ConnectPeer", "x-two") == {
        "transitGatewayAttachmentId": "Connect-x",
        "peerAddress": "10.1.0.11",
        "transitGatewayAddress": "10.2.0.11",
        "insideCidrBlocks": ["169.254.11.0/29"],
        "bgpAsn": "64999",
    }


@pytest.mark.parametrize(("component", "machine"), [(node, "x"), (aws_pair, "x-one")], ids=["node", "aws_pair"])
def test_a_machines_role_lets_systems_manager_manage_it_and_nothing_more(
    component: Callable[[str], pulumi.ComponentResource], machine: str
) -> None:
    engine = run(lambda: component("x"))
    policies = {made.type for made in engine.made if made.type.startswith("aws:iam/rolePolicy")}

    assert policies == {"aws:iam/rolePolicyAttachment:RolePolicyAttachment"}
    assert inputs(engine, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", machine) == {
        "role": f"role-{machine}",
        "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    }


def test_an_aws_pair_opens_each_tunnels_port_to_its_far_end_alone() -> None:
    engine = run(lambda: aws_pair("x"))
    rules = {m.name: m.inputs for m in engine.made if m.name.endswith("wg-office")}

    assert {(name, rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) for name, rule in rules.items()} == {
        (f"x-{router}-{way}-wg-office", "203.0.113.7/32", port, port)
        for router, port in (("one", 51820), ("two", 51821))
        for way in ("in", "out")
    }


def test_a_node_without_rights_of_its_own_is_managed_and_nothing_more() -> None:
    engine = run(lambda: pulumi.export("note", node("x").startup_note))  # type: ignore[attr-defined]

    note = engine.exports["note"]
    assert engine.secret_exports == {"note"}
    assert "amazon-ssm-agent -register" in note
    assert "boot.json" not in note
    assert inputs(engine, "aws:ssm/activation:Activation", "x") == {
        "iamRole": "role-x",
        "registrationLimit": 1,
        "description": "shed/1",
    }


def test_a_gateway_of_another_stack_is_read_from_its_outputs() -> None:
    outputs = {
        "gateway_id": "tgw-9",
        "gateway_route_table_ids": {"vpcs": "tgw-rtb-7", "connect": "tgw-rtb-8", "transport": "tgw-rtb-9"},
    }

    def program() -> None:
        gateway = GatewayRef.of(pulumi.Output.from_input(outputs))
        tables = gateway.tables
        pulumi.export("read", [gateway.id, tables.vpcs, tables.connect, tables.transport])

    assert run(program).exports["read"] == ["tgw-9", "tgw-rtb-7", "tgw-rtb-8", "tgw-rtb-9"]

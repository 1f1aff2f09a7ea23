"""What stands in the emulated AWS before a rule is tried: a router VPC on a gateway, and what a router needs."""

from __future__ import annotations

import base64
import json

from tests.lab.clouds.cloud import REGION, Clouds

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ROUTE_TABLE, ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
INTERFACE, EIP = "aws:ec2/networkInterface:NetworkInterface", "aws:ec2/eip:Eip"
GATEWAY = "aws:ec2transitgateway/transitGateway:TransitGateway"
VPC_ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
CONNECT = "aws:ec2transitgateway/connect:Connect"
CONNECT_PEER = "aws:ec2transitgateway/connectPeer:ConnectPeer"
GATEWAY_TABLE = "aws:ec2transitgateway/routeTable:RouteTable"
GATEWAY_ROUTE = "aws:ec2transitgateway/route:Route"
GATEWAY_ASSOCIATION = "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
GATEWAY_PROPAGATION = "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
ROLE, ROLE_POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
KEY, ALIAS = "aws:kms/key:Key", "aws:kms/alias:Alias"
BUCKET, OBJECT = "aws:s3/bucket:Bucket", "aws:s3/bucketObjectv2:BucketObjectv2"
PARAMETER, ACTIVATION = "aws:ssm/parameter:Parameter", "aws:ssm/activation:Activation"
ASSOCIATION = "aws:ssm/association:Association"
LAUNCH_TEMPLATE, GROUP = "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group"

CORE_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
IMAGE = "ami-0123456789abcdef0"
OFF = {"transitGatewayDefaultRouteTableAssociation": False, "transitGatewayDefaultRouteTablePropagation": False}
SUBNET_A = {"vpcId": "$vpc", "cidrBlock": "10.0.0.0/24", "availabilityZone": f"{REGION}a"}
INTERFACE_A = {"subnetId": "$subnet-a", "privateIps": ["10.0.0.10"], "securityGroups": ["$group"]}
PEER_A = {
    "transitGatewayAttachmentId": "$connect", "transitGatewayAddress": "10.99.0.1", "peerAddress": "10.0.0.10",
    "insideCidrBlocks": ["169.254.6.0/29"], "bgpAsn": "64513",
}  # fmt: skip
TEMPLATE_A = {
    "imageId": IMAGE, "instanceType": "t4g.micro", "networkInterfaces": [{"networkInterfaceId": "$interface-a"}],
    "userData": base64.b64encode(b"{}").decode(),
}  # fmt: skip
GROUP_A = {
    "minSize": 1, "maxSize": 1, "availabilityZones": [f"{REGION}a"],
    "launchTemplate": {"id": "$template-a", "version": "1"},
    "instanceRefresh": {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}},
}  # fmt: skip


def trust(service: str) -> str:
    """A trust policy."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def policy(*statements: dict[str, object]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def network(clouds: Clouds) -> None:
    """A VPC of two zones with its Internet gateway, a table, a group and an interface."""
    clouds.store.seed("aws:ec2/ami:Ami", IMAGE, {"name": "router"}, {"architecture": "arm64"})
    clouds.create(VPC, "vpc", cidrBlock="10.0.0.0/16")
    clouds.create(VPC, "other-vpc", cidrBlock="10.1.0.0/16")
    clouds.create(SUBNET, "subnet-a", **SUBNET_A)
    clouds.create(SUBNET, "subnet-c", vpcId="$vpc", cidrBlock="10.0.1.0/24", availabilityZone=f"{REGION}c")
    clouds.create(SUBNET, "other-subnet", vpcId="$other-vpc", cidrBlock="10.1.0.0/24")
    clouds.create(INTERNET_GATEWAY, "internet", vpcId="$vpc")
    clouds.create(ROUTE_TABLE, "table", vpcId="$vpc")
    clouds.create(SECURITY_GROUP, "group", vpcId="$vpc", name="routers")
    clouds.create(SECURITY_GROUP, "other-group", vpcId="$other-vpc", name="others")
    clouds.create(INTERFACE, "interface-a", **INTERFACE_A)


def gateway(clouds: Clouds) -> None:
    """A gateway with the VPC attached, Connect on top, and one table."""
    clouds.create(
        GATEWAY, "gateway", transitGatewayCidrBlocks=["10.99.0.0/24"], amazonSideAsn=64512,
        defaultRouteTableAssociation="disable", defaultRouteTablePropagation="disable",
    )  # fmt: skip
    clouds.create(GATEWAY, "other-gateway", transitGatewayCidrBlocks=["10.98.0.0/24"])
    both = ["$subnet-a", "$subnet-c"]
    clouds.create(VPC_ATTACHMENT, "transport", transitGatewayId="$gateway", vpcId="$vpc", subnetIds=both, **OFF)
    clouds.create(CONNECT, "connect", transitGatewayId="$gateway", transportAttachmentId="$transport", **OFF)
    clouds.create(GATEWAY_TABLE, "gateway-table", transitGatewayId="$gateway")
    clouds.create(GATEWAY_TABLE, "other-gateway-table", transitGatewayId="$other-gateway")


def identities(clouds: Clouds) -> None:
    """A key, a bucket, and a role that Systems Manager may take."""
    clouds.create(KEY, "key")
    clouds.create(BUCKET, "bucket", bucket="bundles")
    clouds.create(ROLE, "role", name="node", assumeRolePolicy=trust("ssm.amazonaws.com"))
    clouds.create(ATTACHMENT, "core", role="node", policyArn=CORE_POLICY)


def machine(clouds: Clouds) -> None:
    """A template of the interface, and the group whose machine has taken it on."""
    clouds.create(LAUNCH_TEMPLATE, "template-a", **TEMPLATE_A)
    clouds.create(GROUP, "group-a", **GROUP_A)

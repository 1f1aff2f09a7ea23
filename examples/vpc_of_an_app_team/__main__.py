"""A VPC of an app team, in a stack of its own: it joins another stack's path, and its hosts reach every site."""

from ipaddress import IPv4Network

import pulumi

from components import GatewayRef, VpcOnPath, VpcOnPathArgs, new_vpc

config = pulumi.Config()
path = pulumi.StackReference(config.require("path"))
args = VpcOnPathArgs(
    region=pulumi.Config("aws").require("region"),
    vpc=new_vpc(IPv4Network(config.require("cidr")), config.require_object("zones")),
    gateway=GatewayRef.of(path.outputs),
)
vpc = VpcOnPath("billing", args)

pulumi.export("subnet_ids", vpc.subnet_ids)
pulumi.export("usable_mtu", path.require_output("usable_mtu"))

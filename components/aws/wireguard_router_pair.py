"""The pair of WireGuard routers in AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_aws as aws

from components.aws.router_instance import RouterInstance, RouterInstanceArgs
from components.aws.router_security_group import RouterSecurityGroup, RouterSecurityGroupArgs
from topology.links import TunnelPort


@dataclass(frozen=True, kw_only=True)
class AwsRouterArgs:
    """One router of the pair: where it stands and what its machine boots from."""

    zone: str
    """Full name of the availability zone, `ap-northeast-1a`."""
    subnet_id: pulumi.Input[str]
    """A subnet of that zone with a route to the Internet, `subnet-...`."""
    private_address: IPv4Address
    """The router's fixed address in that subnet; AWS keeps the first four and the last (VPC guide, subnet sizing)."""
    boot_object: pulumi.Input[str]
    """The machine's user data: where a router of this program finds its bundle (JSON). No secret."""
    policy: pulumi.Input[str] | None = None
    """IAM policy (JSON) of what the machine may do beside being managed by Systems Manager."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the machine and its volume, beside `Name`."""


@dataclass(frozen=True, kw_only=True)
class AwsWireGuardRouterPairArgs:
    """The two routers, what is common to both, and whom they talk to."""

    routers: Mapping[str, AwsRouterArgs]
    """Exactly two, by name: each is the other's sibling."""
    vpc_id: pulumi.Input[str]
    """The VPC of both subnets, `vpc-...`."""
    gateway_cidr: IPv4Network
    """GRE outer addresses of the Transit Gateway: IP protocol 47 is admitted from here only."""
    overlay_cidr: IPv4Network
    """The routers' loopbacks: echo requests are admitted from here only."""
    tunnels: Sequence[TunnelPort]
    """The WireGuard tunnels that end on these routers."""
    image_id: pulumi.Input[str]
    """AMI of both machines, `ami-...`."""
    instance_type: str
    """EC2 instance type of the AMI's architecture, `t4g.micro`."""
    protect: bool = False
    """Refuse to delete what peers know the routers by: Elastic IPs and network interfaces."""
    after: Sequence[pulumi.Resource] = ()
    """What the addresses need: the VPC's Internet gateway."""


class AwsWireGuardRouterPair(pulumi.ComponentResource):
    """Two routers with fixed identities on disposable machines.

    Each has a fixed network interface (its private address ends GRE) with an Elastic IP (where WireGuard ends).
    No tunnel port is open before `allow_peers`: the peers' addresses come from machines that need ours first.
    """

    addresses: Mapping[str, pulumi.Output[str]]
    """Elastic IPs by router: IPv4 addresses without a length."""

    def __init__(self, name: str, args: AwsWireGuardRouterPairArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:AwsWireGuardRouterPair", name, None, opts)
        self._name, self._args = name, args
        self._groups = {router: self._security_group(router) for router in args.routers}
        interfaces = {router: self._interface(router) for router in args.routers}
        elastic_ips = {router: self._elastic_ip(router, interface) for router, interface in interfaces.items()}
        for router, interface in interfaces.items():
            self._machine(router, interface, after=[elastic_ips[router], *self._groups[router].rules])
        self.addresses = {router: elastic_ip.public_ip for router, elastic_ip in elastic_ips.items()}
        self.register_outputs({"addresses": dict(self.addresses)})

    def allow_peers(self, addresses: Mapping[str, pulumi.Input[str]]) -> None:
        """Open each tunnel's UDP port to its far end's public address; `addresses` is by far router.

        Raises KeyError when a tunnel's far end has no address.
        """
        for tunnel in self._args.tunnels:
            self._groups[tunnel.router].allow_peer(tunnel.name, tunnel.port, addresses[tunnel.peer])

    def _sibling(self, router: str) -> AwsRouterArgs:
        (sibling,) = (stated for name, stated in self._args.routers.items() if name != router)
        return sibling

    def _security_group(self, router: str) -> RouterSecurityGroup:
        args = RouterSecurityGroupArgs(
            vpc_id=self._args.vpc_id,
            router=router,
            sibling_address=self._sibling(router).private_address,
            gateway_cidr=self._args.gateway_cidr,
            overlay_cidr=self._args.overlay_cidr,
        )
        return RouterSecurityGroup(f"{self._name}-{router}", args, pulumi.ResourceOptions(parent=self))

    def _interface(self, router: str) -> aws.ec2.NetworkInterface:
        stated = self._args.routers[router]
        return aws.ec2.NetworkInterface(
            f"{self._name}-{router}",
            subnet_id=stated.subnet_id,
            private_ips=[str(stated.private_address)],
            security_groups=[self._groups[router].group_id],
            # Off, or EC2 drops what a router forwards: packets from and to other addresses than its own.
            source_dest_check=False,
            description=f"Router {router}",
            tags={"Name": router},
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect),
        )

    def _elastic_ip(self, router: str, interface: aws.ec2.NetworkInterface) -> aws.ec2.Eip:
        return aws.ec2.Eip(
            f"{self._name}-{router}",
            domain="vpc",
            network_interface=interface.id,
            tags={"Name": router},
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect, depends_on=list(self._args.after)),
        )

    def _machine(
        self, router: str, interface: aws.ec2.NetworkInterface, after: Sequence[pulumi.Resource]
    ) -> RouterInstance:
        stated = self._args.routers[router]
        args = RouterInstanceArgs(
            router=router,
            zone=stated.zone,
            image_id=self._args.image_id,
            instance_type=self._args.instance_type,
            network_interface_id=interface.id,
            boot_object=stated.boot_object,
            policy=stated.policy,
            tags={"Name": router, **stated.tags},
            after=after,
        )
        return RouterInstance(f"{self._name}-{router}", args, pulumi.ResourceOptions(parent=self))

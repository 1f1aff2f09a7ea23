"""The pair of WireGuard routers in AWS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

import pulumi
import pulumi_aws as aws

from components.aws.router_instance import RouterInstance, RouterInstanceArgs
from components.aws.router_security_group import RouterSecurityGroup, RouterSecurityGroupArgs
from topology.plan import AwsRouterPlace, Tunnel


@dataclass(frozen=True, kw_only=True)
class AwsWireGuardRouterPairArgs:
    """Where the two routers stand, what they boot and whom they talk to; every mapping is by router."""

    region: str
    """AWS region; a place's zone letter is appended to it."""
    places: Mapping[str, AwsRouterPlace]
    """The two routers: each is the other's sibling."""
    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """By zone letter; a place's private address lies in its zone's subnet."""
    gateway_cidr: IPv4Network
    overlay_cidr: IPv4Network
    tunnels: Sequence[Tunnel]
    image_id: pulumi.Input[str]
    instance_type: str
    boot_objects: Mapping[str, pulumi.Input[str]]
    """User data (JSON): where the router finds its bundle. No secret, no bundle content."""
    policies: Mapping[str, pulumi.Input[str]]
    """IAM policies (JSON) of what each router may read."""
    tags: Mapping[str, Mapping[str, str]]
    """Tags of each router's machines, beside `Name`."""
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
    """Elastic IPs, by router."""
    private_addresses: Mapping[str, IPv4Address]
    """Fixed ones of the network interfaces, by router."""

    def __init__(self, name: str, args: AwsWireGuardRouterPairArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:AwsWireGuardRouterPair", name, None, opts)
        self._name, self._args = name, args
        self._groups = {router: self._security_group(router) for router in args.places}
        interfaces = {router: self._interface(router) for router in args.places}
        elastic_ips = {router: self._elastic_ip(router, interface) for router, interface in interfaces.items()}
        for router, interface in interfaces.items():
            self._machine(router, interface, after=[elastic_ips[router], *self._groups[router].rules])
        self.addresses = {router: elastic_ip.public_ip for router, elastic_ip in elastic_ips.items()}
        self.private_addresses = {router: place.private_address for router, place in args.places.items()}
        self.register_outputs({"addresses": dict(self.addresses)})

    def allow_peers(self, addresses: Mapping[str, pulumi.Input[str]]) -> None:
        """Open each tunnel's UDP port to its far end's public address; `addresses` is by far router.

        Raises KeyError when a tunnel's far end has no address.
        """
        for tunnel in self._args.tunnels:
            end = tunnel.aws
            self._groups[end.router].allow_peer(end.interface, tunnel.port, addresses[tunnel.sakura.router])

    def _sibling(self, router: str) -> AwsRouterPlace:
        (sibling,) = (place for name, place in self._args.places.items() if name != router)
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
        place = self._args.places[router]
        return aws.ec2.NetworkInterface(
            f"{self._name}-{router}",
            subnet_id=self._args.subnet_ids[place.zone],
            private_ips=[str(place.private_address)],
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
        args = RouterInstanceArgs(
            router=router,
            zone=f"{self._args.region}{self._args.places[router].zone}",
            image_id=self._args.image_id,
            instance_type=self._args.instance_type,
            network_interface_id=interface.id,
            boot_object=self._args.boot_objects[router],
            policy=self._args.policies[router],
            tags={"Name": router, **self._args.tags[router]},
            after=after,
        )
        return RouterInstance(f"{self._name}-{router}", args, pulumi.ResourceOptions(parent=self))

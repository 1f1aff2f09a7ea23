"""From the clouds' state and the outside world to the fabric's blueprint: pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Literal

from lab.clouds.view import Clouds
from lab.fabric.blueprint import Blueprint
from lab.fabric.closed_network import closed_network_part, site_host
from lab.fabric.gateway import Gateway, gateways
from lab.fabric.gateway_wiring import gateway_part
from lab.fabric.instances import Instance, instances, misplaced
from lab.fabric.internet import internet_part
from lab.fabric.inventory import Card, Inventory, Nic, Node, VpcPlace
from lab.fabric.sakura import Server, other_archives, servers
from lab.fabric.sakura_wiring import sakura_part
from lab.fabric.vpc import Eni, Vpc, vpcs
from lab.fabric.vpc_filter import SecurityGroups
from lab.fabric.vpc_wiring import EC2_MTU_BYTES, vpc_findings, vpc_part
from lab.world import World


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What was read, and what it looks like as namespaces."""

    blueprint: Blueprint
    inventory: Inventory
    vpcs: tuple[Vpc, ...]
    gateways: tuple[Gateway, ...]
    servers: tuple[Server, ...]
    groups: SecurityGroups
    world: World
    reaction_s: int
    """From an update of the gateway to its forwarding."""

    @property
    def guards(self) -> dict[str, str]:
        """By machine: the security groups or the packet filter that decide what its first NIC lets in."""
        enis = {eni.netns: ", ".join(eni.group_ids) for vpc in self.vpcs for eni in vpc.enis}
        return {**enis, **{server.node.name: server.nics[0].filter_id for server in self.servers if server.nics}}

    @property
    def cards(self) -> dict[str, Card]:
        """By machine: where its cloud put it."""
        enis = (eni for vpc in self.vpcs for eni in vpc.enis if not eni.is_probe)
        aws = {eni.netns: _card(eni) for eni in enis}
        shared = {
            server.node.name: [nic.nic.address for nic in server.nics if nic.nic.address] for server in self.servers
        }
        ids = {server.node.name: server.node.resource_id for server in self.servers}
        sakura = {
            name: Card(id=ids[name], public_address=str(addresses[0].ip) if addresses else "")
            for name, addresses in shared.items()
        }
        return {**aws, **sakura}


def wire(
    clouds: Clouds, world: World, gre: Literal["kernel", "userspace"], run_dir: Path, reaction_s: int = 0
) -> Wiring:
    """The whole fabric. Raises KeyError for a resource that lacks a property its cloud always gives."""
    machines = instances(clouds)
    places = vpcs(clouds, machines, world.existing_vpcs)
    transit = gateways(clouds, places)
    sakura = servers(clouds)
    groups = SecurityGroups.read(clouds, (eni for vpc in places for eni in vpc.enis))
    netns_of = {gateway.id: gateway.netns for gateway in transit}
    parts = [
        internet_part(),
        *(vpc_part(vpc, groups, netns_of.get(_gateway_id(vpc), "gateway")) for vpc in places),
        *(gateway_part(gateway, gre, run_dir, reaction_s) for gateway in transit),
        sakura_part(sakura, [world.closed_network.switch_id]),
        closed_network_part(world, run_dir),
    ]
    findings = [
        *misplaced(clouds, machines, world.images.aws_ami),
        *other_archives(clouds, sakura, world.images.sakura_archive),
        *(f for vpc in places for f in vpc_findings(vpc)),
    ]
    inventory = Inventory(
        nodes=(*_ec2_nodes(machines, places, world.region), *(server.node for server in sakura)),
        vpcs=tuple(_place(vpc) for vpc in places),
        sites=tuple(site_host(site) for site in world.sites),
        findings=(*findings, *(f for gateway in transit for f in gateway.findings())),
    )
    return Wiring(
        blueprint=Blueprint.join(parts),
        inventory=inventory,
        vpcs=places,
        gateways=transit,
        servers=sakura,
        groups=groups,
        world=world,
        reaction_s=reaction_s,
    )


def _card(eni: Eni) -> Card:
    private = eni.addresses[0]
    return Card(id=eni.id, public_address=eni.public.get(private, ""), private_address=private)


def _gateway_id(vpc: Vpc) -> str:
    return vpc.gateway_link.gateway_id if vpc.gateway_link else ""


def _place(vpc: Vpc) -> VpcPlace:
    return VpcPlace(
        id=vpc.id,
        name=vpc.name,
        netns=vpc.netns,
        cidrs=vpc.cidrs,
        hosts=vpc.hosts(),
        attachment_id=vpc.gateway_link.attachment_id if vpc.gateway_link else "",
    )


def _ec2_nodes(machines: tuple[Instance, ...], places: tuple[Vpc, ...], region: str) -> list[Node]:
    """Machines that hold an interface; one that holds none could not start, and is a finding."""
    holders = {eni.netns: (vpc, eni) for vpc in places for eni in vpc.enis if not eni.is_probe}
    return [_ec2_node(machine, *holders[machine.name], region) for machine in machines if machine.name in holders]


def _ec2_node(machine: Instance, vpc: Vpc, eni: Eni, region: str) -> Node:
    nic = Nic(
        device="internet",
        mac=eni.mac,
        mtu_bytes=EC2_MTU_BYTES,
        address=IPv4Interface(f"{eni.addresses[0]}/{eni.subnet.cidr.prefixlen}"),
        gateway=IPv4Address(eni.subnet.router_address),
        fabric_netns=vpc.netns,
        fabric_device=eni.device,
    )
    return Node(
        name=machine.name,
        cloud="aws",
        netns=machine.name,
        resource_id=machine.group_id,
        instance_id=machine.id,
        region=region,
        zone=eni.subnet.zone,
        nics=(nic,),
        tags=machine.tags,
        user_data=machine.user_data,
        instance_profile=machine.instance_profile,
        role=machine.role,
    )

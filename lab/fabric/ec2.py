"""Reads the EC2 network of the emulated cloud: subnets, route tables, security groups, Elastic IPs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.fabric import names


@dataclass(frozen=True, kw_only=True)
class Subnet:
    """A subnet with the route table that its interfaces look up."""

    id: str
    vpc_id: str
    cidr: IPv4Network
    zone: str
    """Full name, `ap-northeast-1a`."""
    table_id: str

    @property
    def zone_letter(self) -> str:
        """`a` of `ap-northeast-1a`."""
        return self.zone[-1:]

    @property
    def router_address(self) -> str:
        """The VPC router: the second address of each subnet."""
        return str(self.cidr[1])


@dataclass(frozen=True, kw_only=True)
class VpcRoute:
    """A route of a VPC route table besides the local one."""

    destination: str
    target: str
    """Id of a gateway, a Transit Gateway or an interface."""


@dataclass(frozen=True, kw_only=True)
class Permit:
    """What one rule of a security group admits."""

    protocol: str
    """`-1`, `tcp`, `udp`, `icmp` or a number."""
    ports: tuple[int, int] | None
    """For ICMP type and code, -1 is any."""
    network: str | None
    group_id: str | None
    """Members of this group, where the rule names one in place of a network."""


def vpc_names(clouds: Clouds) -> dict[str, str]:
    """A short distinct name for each VPC: its Name tag, or its id."""
    return names.distinct({vpc.id: tag(vpc, "Name") or vpc.id for vpc in clouds.of("aws:ec2/vpc:Vpc")})


def tag(resource: Resource, key: str) -> str:
    """A tag's value, or nothing."""
    tags = {**(resource.outputs.get("tagsAll") or {}), **(resource.outputs.get("tags") or {})}
    return str(tags.get(key, ""))


def cidrs(clouds: Clouds, vpc: Resource) -> tuple[IPv4Network, ...]:
    """The VPC's own ranges, the first one first."""
    further = clouds.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    others = [r.outputs["cidrBlock"] for r in further if r.outputs.get("vpcId") == vpc.id]
    return tuple(IPv4Network(cidr) for cidr in (vpc.outputs["cidrBlock"], *others))


def main_table_id(vpc: Resource) -> str:
    """The table of subnets that are associated with none."""
    return str(vpc.outputs.get("mainRouteTableId") or vpc.outputs.get("defaultRouteTableId") or f"main-of-{vpc.id}")


def subnets(clouds: Clouds) -> tuple[Subnet, ...]:
    """Every subnet of every VPC, sorted by id."""
    associations = clouds.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    table_of = {r.outputs.get("subnetId"): r.outputs["routeTableId"] for r in associations}
    main_of = {vpc.id: main_table_id(vpc) for vpc in clouds.of("aws:ec2/vpc:Vpc")}
    return tuple(
        Subnet(
            id=subnet.id,
            vpc_id=subnet.outputs["vpcId"],
            cidr=IPv4Network(subnet.outputs["cidrBlock"]),
            zone=subnet.outputs["availabilityZone"],
            table_id=table_of.get(subnet.id) or main_of[subnet.outputs["vpcId"]],
        )
        for subnet in clouds.of("aws:ec2/subnet:Subnet")
        if subnet.outputs["vpcId"] in main_of
    )


def routes(clouds: Clouds) -> dict[str, tuple[VpcRoute, ...]]:
    """Routes by table, inline ones and those that are resources of their own."""
    found: dict[str, list[VpcRoute]] = {}
    for table in clouds.of("aws:ec2/routeTable:RouteTable"):
        for entry in table.outputs.get("routes") or []:
            found.setdefault(table.id, []).extend(_route(entry, entry.get("cidrBlock")))
    for route in clouds.of("aws:ec2/route:Route"):
        destination = route.outputs.get("destinationCidrBlock")
        found.setdefault(route.outputs["routeTableId"], []).extend(_route(route.outputs, destination))
    return {table_id: tuple(entries) for table_id, entries in found.items()}


def _route(entry: Mapping[str, Any], destination: str | None) -> Iterator[VpcRoute]:
    targets = [entry.get(key) for key in ("gatewayId", "transitGatewayId", "networkInterfaceId")]
    target = next((str(target) for target in targets if target), "")
    if destination and target != "local":
        yield VpcRoute(destination=destination, target=target)


def permits(clouds: Clouds, direction: str) -> dict[str, tuple[Permit, ...]]:
    """What each security group admits, by group; direction is `ingress` or `egress`."""
    found: dict[str, list[Permit]] = {}
    for group in clouds.of("aws:ec2/securityGroup:SecurityGroup"):
        for entry in group.outputs.get(direction) or []:
            found.setdefault(group.id, []).extend(_inline_permits(group.id, entry))
    kind = f"SecurityGroup{direction.capitalize()}Rule"
    for rule in clouds.of(f"aws:vpc/{kind[0].lower()}{kind[1:]}:{kind}"):
        values = rule.outputs
        permit = Permit(
            protocol=str(values["ipProtocol"]),
            ports=_ports(values.get("fromPort"), values.get("toPort")),
            network=values.get("cidrIpv4"),
            group_id=values.get("referencedSecurityGroupId"),
        )
        found.setdefault(values["securityGroupId"], []).append(permit)
    return {group_id: tuple(entries) for group_id, entries in found.items()}


def _inline_permits(group_id: str, entry: Mapping[str, Any]) -> Iterator[Permit]:
    protocol, ports = str(entry["protocol"]), _ports(entry.get("fromPort"), entry.get("toPort"))
    for network in entry.get("cidrBlocks") or []:
        yield Permit(protocol=protocol, ports=ports, network=network, group_id=None)
    members = [*(entry.get("securityGroups") or []), *([group_id] if entry.get("self") else [])]
    for member in members:
        yield Permit(protocol=protocol, ports=ports, network=None, group_id=member)


def _ports(first: object, last: object) -> tuple[int, int] | None:
    return None if first is None or last is None else (int(str(first)), int(str(last)))


def elastic_ips(clouds: Clouds) -> dict[str, dict[str, str]]:
    """Public addresses by interface, then by private address; the empty private address is the first one."""
    found: dict[str, dict[str, str]] = {}
    for eip in clouds.of("aws:ec2/eip:Eip"):
        interface = eip.outputs.get("networkInterface")
        if interface:
            private = eip.outputs.get("associateWithPrivateIp") or ""
            found.setdefault(str(interface), {})[str(private)] = str(eip.outputs["publicIp"])
    return found

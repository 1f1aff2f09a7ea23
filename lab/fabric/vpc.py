"""Each VPC as the fabric builds it: its interfaces, its route tables and its ways out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.fabric import ec2, names
from lab.fabric.ec2 import Subnet, VpcRoute
from lab.fabric.instances import Instance
from lab.fabric.inventory import ProbeHost
from lab.owner import ExistingVpc

PROBE_GROUP = "probe-host"
"""The security group of every probe host, which admits all."""
IGW_DEVICE = "igw"
GATEWAY_DEVICE = "tgw"


@dataclass(frozen=True, kw_only=True)
class Eni:
    """An elastic network interface that a machine holds."""

    id: str
    subnet: Subnet
    addresses: tuple[str, ...]
    """Private addresses, the first one first."""
    mac: str
    group_ids: tuple[str, ...]
    checks_source: bool
    public: Mapping[str, str]
    """Elastic IP by private address."""
    netns: str
    """Of the machine."""
    device: str
    """Its end in the VPC's namespace."""
    is_probe: bool


@dataclass(frozen=True, kw_only=True)
class GatewayLink:
    """A VPC's attachment to the Transit Gateway."""

    attachment_id: str
    gateway_id: str
    subnets: tuple[Subnet, ...]
    """Sorted by zone; it reaches no other zone."""

    @property
    def zones(self) -> frozenset[str]:
        """Zones that it reaches."""
        return frozenset(subnet.zone for subnet in self.subnets)


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """One VPC."""

    id: str
    name: str
    netns: str
    cidrs: tuple[IPv4Network, ...]
    subnets: tuple[Subnet, ...]
    enis: tuple[Eni, ...]
    routes: Mapping[str, tuple[VpcRoute, ...]]
    """By table; every table that a subnet uses is there."""
    internet_gateway_id: str
    """Empty when it has none."""
    gateway_link: GatewayLink | None

    def hosts(self) -> tuple[ProbeHost, ...]:
        """Its probe hosts."""
        return tuple(
            ProbeHost(
                vpc=self.name,
                zone=eni.subnet.zone,
                netns=eni.netns,
                address=IPv4Address(eni.addresses[0]),
                subnet_id=eni.subnet.id,
            )
            for eni in self.enis
            if eni.is_probe
        )


def vpcs(clouds: Clouds, machines: Iterable[Instance], existing: Iterable[ExistingVpc] = ()) -> tuple[Vpc, ...]:
    """Every VPC of the cloud, sorted by name; of an existing one only the stated subnets get a probe host."""
    labels, held = ec2.vpc_names(clouds), {machine.interface_id: machine for machine in machines}
    routes, places = ec2.routes(clouds), ec2.subnets(clouds)
    stated = {vpc.vpc_id: frozenset(vpc.subnet_ids.values()) for vpc in existing}
    found = []
    for resource in clouds.of("aws:ec2/vpc:Vpc"):
        own = tuple(subnet for subnet in places if subnet.vpc_id == resource.id)
        link = _gateway_link(clouds, resource.id, own)
        enis = _enis(clouds, own, held)
        probed = tuple(subnet for subnet in own if subnet.id in stated.get(resource.id, {subnet.id}))
        found.append(
            Vpc(
                id=resource.id,
                name=labels[resource.id],
                netns=f"vpc-{labels[resource.id]}",
                cidrs=ec2.cidrs(clouds, resource),
                subnets=own,
                enis=(*enis, *_probe_enis(labels[resource.id], probed, link, enis)),
                routes={table: routes.get(table, ()) for table in sorted({subnet.table_id for subnet in own})},
                internet_gateway_id=_internet_gateway(clouds, resource.id),
                gateway_link=link,
            )
        )
    return tuple(sorted(found, key=lambda vpc: vpc.name))


def _internet_gateway(clouds: Clouds, vpc_id: str) -> str:
    gateways = clouds.of("aws:ec2/internetGateway:InternetGateway")
    return next((gateway.id for gateway in gateways if gateway.outputs.get("vpcId") == vpc_id), "")


def _gateway_link(clouds: Clouds, vpc_id: str, own: tuple[Subnet, ...]) -> GatewayLink | None:
    """Of several, the one to the gateway that carries Connect: what leads to another gateway leaves the lab."""
    carriers = {c.outputs.get("transitGatewayId") for c in clouds.of("aws:ec2transitgateway/connect:Connect")}
    attachments = clouds.of("aws:ec2transitgateway/vpcAttachment:VpcAttachment")
    for attachment in sorted(attachments, key=lambda a: a.outputs["transitGatewayId"] not in carriers):
        if attachment.outputs.get("vpcId") == vpc_id:
            inside = [subnet for subnet in own if subnet.id in attachment.outputs["subnetIds"]]
            return GatewayLink(
                attachment_id=attachment.id,
                gateway_id=attachment.outputs["transitGatewayId"],
                subnets=tuple(sorted(inside, key=lambda subnet: subnet.zone)),
            )
    return None


def _enis(clouds: Clouds, own: tuple[Subnet, ...], held: Mapping[str, Instance]) -> tuple[Eni, ...]:
    by_id, elastic = {subnet.id: subnet for subnet in own}, ec2.elastic_ips(clouds)
    return tuple(
        _eni(resource, by_id[resource.outputs["subnetId"]], held[resource.id].name, elastic.get(resource.id, {}))
        for resource in clouds.of("aws:ec2/networkInterface:NetworkInterface")
        if resource.outputs.get("subnetId") in by_id and resource.id in held
    )


def _eni(resource: Resource, subnet: Subnet, machine: str, elastic: Mapping[str, str]) -> Eni:
    values = resource.outputs
    listed = [*([values["privateIp"]] if values.get("privateIp") else []), *(values.get("privateIps") or [])]
    addresses = tuple(dict.fromkeys(listed))
    return Eni(
        id=resource.id,
        subnet=subnet,
        addresses=addresses,
        mac=str(values.get("macAddress") or names.mac(machine, "internet")),
        group_ids=tuple(values.get("securityGroups") or ()),
        checks_source=values.get("sourceDestCheck") is not False,
        public={private or addresses[0]: public for private, public in elastic.items()},
        netns=machine,
        device=names.device("eni", machine),
        is_probe=False,
    )


def _probe_enis(vpc: str, own: tuple[Subnet, ...], link: GatewayLink | None, enis: tuple[Eni, ...]) -> list[Eni]:
    """One per subnet; a zone's subnet that the attachment has to itself gets none while the zone has another one."""
    attached = {subnet.id for subnet in link.subnets} if link else set()
    free_zones = {subnet.zone for subnet in own if subnet.id not in attached}
    chosen = [subnet for subnet in own if subnet.id not in attached or subnet.zone not in free_zones]
    ordered = sorted(chosen, key=lambda subnet: (subnet.zone, subnet.cidr))
    alike: dict[str, int] = {}
    made = []
    for subnet in ordered:
        alike[subnet.zone] = alike.get(subnet.zone, 0) + 1
        place = subnet.zone_letter + (f"-{alike[subnet.zone]}" if alike[subnet.zone] > 1 else "")
        made.append(_probe_eni(f"host-{vpc}-{place}", place, subnet, enis))
    return made


def _probe_eni(netns: str, place: str, subnet: Subnet, enis: tuple[Eni, ...]) -> Eni:
    taken = {address for eni in enis for address in eni.addresses}
    # From the top: routers and real hosts are numbered from the bottom, and the last address is the broadcast's.
    position = next(n for n in range(-2, -subnet.cidr.num_addresses, -1) if str(subnet.cidr[n]) not in taken)
    return Eni(
        id=netns,
        subnet=subnet,
        addresses=(str(subnet.cidr[position]),),
        mac=names.mac(netns, "internet"),
        group_ids=(PROBE_GROUP,),
        checks_source=True,
        public={},
        netns=netns,
        device=names.device("host", place),
        is_probe=True,
    )

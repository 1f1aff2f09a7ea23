"""A VPC as one namespace: its router, to which every interface is linked, so that all is routed by destination."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from lab.fabric import names
from lab.fabric.blueprint import (
    NEXT_HOP,
    SINK_DEVICE,
    Address,
    Blueprint,
    End,
    Link,
    Namespace,
    Neighbour,
    Route,
    link_part,
    sink_part,
)
from lab.fabric.ec2 import Subnet, VpcRoute
from lab.fabric.inventory import Finding
from lab.fabric.vpc import GATEWAY_DEVICE, IGW_DEVICE, Eni, Vpc
from lab.fabric.vpc_filter import SecurityGroups, vpc_ruleset

EC2_MTU_BYTES = 9001
INTERNET_MTU_BYTES = 1500
GATEWAY_MTU_BYTES = 8500
"""Of every attachment to the Transit Gateway."""
METADATA_ADDRESS = "169.254.169.254"
"""Instance metadata answers here, in the VPC's namespace."""
INTERNET_NETNS = "internet"
_UNREACHED_TABLE = "unreached zones"


def vpc_part(vpc: Vpc, groups: SecurityGroups, gateway_netns: str) -> Blueprint:
    """The VPC's namespace, its machines' NICs, and its links to the Internet and to the gateway."""
    parts = [
        sink_part(vpc.netns, SINK_DEVICE, "main", names.table(_UNREACHED_TABLE)),
        Blueprint(
            namespaces=(
                Namespace(
                    name=vpc.netns,
                    is_router=True,
                    answers_arp_for_others=True,
                    addresses=tuple(Address(device="lo", address=f"{known}/32") for known in _own_addresses(vpc)),
                    routes=tuple(_routes(vpc)),
                    rules=tuple(_rules(vpc)),
                    ruleset=vpc_ruleset(vpc, groups),
                ),
            )
        ),
        *(_machine(vpc, eni) for eni in vpc.enis),
    ]
    if vpc.internet_gateway_id:
        parts.append(_internet_gateway(vpc))
    if vpc.gateway_link:
        here = _end(vpc.netns, GATEWAY_DEVICE, GATEWAY_MTU_BYTES)
        parts.append(link_part(Link(near=here, far=_end(gateway_netns, gateway_device(vpc), GATEWAY_MTU_BYTES))))
    return Blueprint.join(parts)


def _own_addresses(vpc: Vpc) -> list[str]:
    return [*(subnet.router_address for subnet in vpc.subnets), METADATA_ADDRESS]


def gateway_device(vpc: Vpc) -> str:
    """The attachment's device in the gateway's namespace."""
    return names.device("vpc", vpc.name)


def _end(netns: str, device: str, mtu_bytes: int) -> End:
    return End(netns=netns, device=device, mac=names.mac(netns, device), mtu_bytes=mtu_bytes)


def _machine(vpc: Vpc, eni: Eni) -> Blueprint:
    """The machine's NIC with what DHCP would give it."""
    far = End(netns=eni.netns, device="internet", mac=eni.mac, mtu_bytes=EC2_MTU_BYTES)
    address = f"{eni.addresses[0]}/{eni.subnet.cidr.prefixlen}"
    here = Namespace(
        name=vpc.netns,
        neighbours=tuple(Neighbour(device=eni.device, address=known, mac=eni.mac) for known in eni.addresses),
    )
    there = Namespace(
        name=eni.netns,
        addresses=(Address(device="internet", address=address),),
        routes=(Route(destination="default", device="internet", via=eni.subnet.router_address),),
    )
    return Blueprint(namespaces=(here, there), links=(Link(near=_end(vpc.netns, eni.device, EC2_MTU_BYTES), far=far),))


def _internet_gateway(vpc: Vpc) -> Blueprint:
    outside = names.device("igw", vpc.name)
    near = _end(vpc.netns, IGW_DEVICE, INTERNET_MTU_BYTES)
    publics = sorted(public for eni in vpc.enis for public in eni.public.values())
    routes = tuple(Route(destination=f"{public}/32", device=outside, via=NEXT_HOP) for public in publics)
    link = link_part(Link(near=near, far=_end(INTERNET_NETNS, outside, INTERNET_MTU_BYTES)))
    return Blueprint.join([link, Blueprint(namespaces=(Namespace(name=INTERNET_NETNS, routes=routes),))])


def _routes(vpc: Vpc) -> Iterator[Route]:
    """Per table: every interface, the rest of the VPC's ranges to nowhere, and the table's own routes."""
    tables: tuple[int | str, ...] = ("main", *map(names.table, vpc.routes))
    for table in tables:
        for eni in vpc.enis:
            yield from (Route(destination=f"{known}/32", device=eni.device, table=table) for known in eni.addresses)
    for table_id, entries in vpc.routes.items():
        number = names.table(table_id)
        found = {
            str(cidr): Route(destination=str(cidr), device=SINK_DEVICE, via=NEXT_HOP, table=number)
            for cidr in vpc.cidrs
        }
        for entry in entries:
            found.setdefault(entry.destination, _route(vpc, entry, number))
        yield from found.values()


def _route(vpc: Vpc, entry: VpcRoute, table: int) -> Route:
    destination = "default" if entry.destination == "0.0.0.0/0" else entry.destination
    device, via = _target(vpc, entry) or (SINK_DEVICE, NEXT_HOP)
    return Route(destination=destination, device=device, via=via, table=table)


def _target(vpc: Vpc, entry: VpcRoute) -> tuple[str, str] | None:
    """Device and next hop; None for a target that this VPC does not have."""
    if entry.target and entry.target == vpc.internet_gateway_id:
        return IGW_DEVICE, NEXT_HOP
    if vpc.gateway_link and entry.target == vpc.gateway_link.gateway_id:
        return GATEWAY_DEVICE, NEXT_HOP
    return next(((eni.device, eni.addresses[0]) for eni in vpc.enis if eni.id == entry.target), None)


def _rules(vpc: Vpc) -> Iterator[str]:
    """Which table a packet is looked up in: the sender's subnet's, or from the gateway the attachment's subnet's."""
    for eni in vpc.enis:
        yield f"pref 100 iif {eni.device} lookup {names.table(eni.subnet.table_id)}"
    if vpc.gateway_link is None or not vpc.gateway_link.subnets:
        return
    by_zone = {subnet.zone: subnet for subnet in reversed(vpc.gateway_link.subnets)}
    for subnet in vpc.subnets:
        entry = by_zone.get(subnet.zone)
        table = names.table(entry.table_id if entry else _UNREACHED_TABLE)
        yield f"pref 100 iif {GATEWAY_DEVICE} to {subnet.cidr} lookup {table}"
    yield f"pref 101 iif {GATEWAY_DEVICE} lookup {names.table(vpc.gateway_link.subnets[0].table_id)}"


def vpc_findings(vpc: Vpc) -> tuple[Finding, ...]:
    """Routes that lead nowhere, as AWS's console shows them: state blackhole."""
    used: dict[str, Subnet] = {subnet.table_id: subnet for subnet in vpc.subnets}
    return tuple(
        Finding(hop=f"vpc:{vpc.name}", resource=table_id, rule=rule)
        for table_id in vpc.routes
        if table_id in used
        for rule in dead_routes(vpc, table_id)
    )


def dead_routes(vpc: Vpc, table_id: str, address: str = "0.0.0.0/0") -> Iterator[str]:
    """What is said of a table's routes that lead nowhere: of all of them, or of those for one address."""
    for entry in vpc.routes.get(table_id, ()):
        if _target(vpc, entry) is None and IPv4Network(address).overlaps(IPv4Network(entry.destination)):
            target = entry.target or "nothing"
            yield f"its route to {entry.destination} leads to {target}, which {vpc.id} does not have"

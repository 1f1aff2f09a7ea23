"""The shared segment as one router, and every switch as a bridge in one namespace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab.fabric import names
from lab.fabric.blueprint import (
    NEXT_HOP,
    SINK_DEVICE,
    Address,
    Blueprint,
    Device,
    End,
    Link,
    Namespace,
    Neighbour,
    Route,
    link_part,
    sink_part,
)
from lab.fabric.sakura import MTU_BYTES, SHARED, SHARED_NETNS, SWITCH_NETNS, Server, ServerNic
from lab.fabric.template import fill
from lab.fabric.vpc_wiring import INTERNET_NETNS

REASONS = {"no_route": "iifname", "source": "iifname", "packet_filter": "oifname"}
"""Why a segment drops a packet, each counted by the device it came by or leaves by."""
UPLINK_DEVICE = "internet"


def sakura_part(all_servers: tuple[Server, ...], switch_ids: Iterable[str]) -> Blueprint:
    """Both, with the servers' NICs."""
    plugged = {nic.upstream for server in all_servers for nic in server.nics} - {SHARED, "disconnect"}
    return Blueprint.join([_shared_segment(all_servers), _switches(all_servers, sorted({*plugged, *switch_ids}))])


def bridge(switch_id: str) -> str:
    """The bridge of a switch."""
    return names.device("sw", switch_id)


def _end(netns: str, device: str, bridge_name: str | None = None) -> End:
    return End(netns=netns, device=device, mac=names.mac(netns, device), mtu_bytes=MTU_BYTES, bridge=bridge_name)


def _far(server: Server, nic: ServerNic) -> End:
    """The machine's end. On a switch nothing hands out addresses: the machine sets its own, and then is up."""
    is_up = nic.upstream == SHARED
    return End(netns=server.node.netns, device=nic.nic.device, mac=nic.nic.mac, mtu_bytes=MTU_BYTES, is_up=is_up)


def _shared_segment(all_servers: tuple[Server, ...]) -> Blueprint:
    here = [(server, nic) for server in all_servers for nic in server.nics if nic.upstream == SHARED]
    segments = sorted({server.segment for server in all_servers if server.segment})
    gateways = sorted({nic.nic.gateway for _, nic in here if nic.nic.gateway})
    inside = Namespace(
        name=SHARED_NETNS,
        is_router=True,
        answers_arp_for_others=True,
        addresses=tuple(Address(device="lo", address=f"{gateway}/32") for gateway in gateways),
        routes=(
            Route(destination="default", device=UPLINK_DEVICE, via=NEXT_HOP),
            *(Route(destination=str(segment), device=SINK_DEVICE, via=NEXT_HOP) for segment in segments),
        ),
        ruleset=_ruleset("ip", here),
    )
    outside = Namespace(
        name=INTERNET_NETNS,
        routes=tuple(Route(destination=str(segment), device=SHARED_NETNS, via=NEXT_HOP) for segment in segments),
    )
    uplink = Link(near=_end(SHARED_NETNS, UPLINK_DEVICE), far=_end(INTERNET_NETNS, SHARED_NETNS))
    parts = [Blueprint(namespaces=(inside, outside)), link_part(uplink), sink_part(SHARED_NETNS, SINK_DEVICE)]
    return Blueprint.join([*parts, *(_on_shared(server, nic) for server, nic in here)])


def _on_shared(server: Server, nic: ServerNic) -> Blueprint:
    """A NIC on the shared segment with the one address it may use."""
    device, address, gateway = nic.nic.fabric_device, nic.nic.address, nic.nic.gateway
    if address is None or gateway is None:
        raise ValueError(f"server {server.node.resource_id}: a NIC on the shared segment has an address and a gateway")
    segment = Namespace(
        name=SHARED_NETNS,
        neighbours=(Neighbour(device=device, address=str(address.ip), mac=nic.nic.mac),),
        routes=(Route(destination=f"{address.ip}/32", device=device),),
    )
    machine = Namespace(
        name=server.node.netns,
        addresses=(Address(device=nic.nic.device, address=str(address)),),
        routes=(Route(destination="default", device=nic.nic.device, via=str(gateway)),),
    )
    link = Link(near=_end(SHARED_NETNS, device), far=_far(server, nic))
    return Blueprint(namespaces=(segment, machine), links=(link,))


def _switches(all_servers: tuple[Server, ...], switch_ids: list[str]) -> Blueprint:
    here = [(server, nic) for server in all_servers for nic in server.nics if nic.upstream != SHARED]
    spaces = [Namespace(name=SWITCH_NETNS, is_router=True, ruleset=_ruleset("bridge", here))]
    spaces += [Namespace(name=server.node.netns) for server, _ in here]
    bridges = (
        Device(netns=SWITCH_NETNS, name=bridge(id_), kind="bridge stp_state 0 mcast_snooping 0", mtu_bytes=MTU_BYTES)
        for id_ in switch_ids
    )
    links = (
        Link(near=_end(SWITCH_NETNS, nic.nic.fabric_device, _bridge_of(nic)), far=_far(server, nic))
        for server, nic in here
    )
    return Blueprint(namespaces=tuple(spaces), devices=tuple(bridges), links=tuple(links))


def _bridge_of(nic: ServerNic) -> str | None:
    return None if nic.upstream == "disconnect" else bridge(nic.upstream)


def _ruleset(family: str, here: Iterable[tuple[Server, ServerNic]]) -> str:
    return fill("shared.nft.j2", family=family, reasons=REASONS, nics=list(_filtered(here)))


def _filtered(here: Iterable[tuple[Server, ServerNic]]) -> Iterator[dict[str, object]]:
    for server, nic in here:
        yield {
            "id": server.node.resource_id,
            "device": nic.nic.fabric_device,
            "address": str(nic.nic.address.ip) if nic.nic.address else "",
            "filter_id": nic.filter_id,
            "rules": nic.rules,
        }

"""Says of each dropped packet which hop dropped it, which resource of the clouds decided so, and what that lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from socket import IPPROTO_GRE
from typing import NamedTuple

from lab.fabric.closed_network import GATEWAY_NETNS
from lab.fabric.gateway import Attachment, Gateway
from lab.fabric.refusals import Refusal, refusals
from lab.fabric.sakura import SHARED_NETNS, SWITCH_NETNS
from lab.fabric.vpc import GATEWAY_DEVICE, IGW_DEVICE, Eni, Vpc
from lab.fabric.vpc_wiring import INTERNET_NETNS, dead_routes, gateway_device
from lab.fabric.wiring import Wiring


@dataclass(frozen=True, kw_only=True)
class Drop:
    """Packets that were dropped, in the words of the report."""

    hop: str
    resource: str
    rule: str
    packets: int
    source: str
    destination: str
    what: str
    """`udp/51820`, `proto/47`, `icmp`."""
    is_of_routes: bool = False
    """Nobody is there, or a gateway table knows no way: what should have brought machine or route may be broken."""


PRIVATE = tuple(IPv4Network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
"""RFC 1918 and RFC 6598: what leaves for one of these by an Internet gateway lacked a route."""


class Verdict(NamedTuple):
    """Where a packet was dropped, and why."""

    hop: str
    resource: str
    rule: str
    is_of_routes: bool = False


_ENI_RULES = {
    "ingress": "has no inbound rule for {refusal.what} from {refusal.source}",
    "egress": "has no outbound rule for {refusal.what} to {refusal.destination}",
    "source_check": "checks the source, and {refusal.source} (to {refusal.destination}) is not its own",
    "destination_check": "checks the destination, and {refusal.destination} (from {refusal.source}) is not its own",
}


def drops(wiring: Wiring) -> tuple[Drop, ...]:
    """Everything that the fabric dropped and counted. Raises LabFault when a namespace cannot be read."""
    judges: list[tuple[str, str, Callable[[Refusal], Verdict]]] = [
        *((vpc.netns, "ip", _VpcJudge(wiring, vpc).verdict) for vpc in wiring.vpcs),
        *((gateway.netns, "ip", _GatewayJudge(wiring, gateway).verdict) for gateway in wiring.gateways),
        (SHARED_NETNS, "ip", lambda refusal: _sakura_verdict(wiring, refusal)),
        (SWITCH_NETNS, "bridge", lambda refusal: _sakura_verdict(wiring, refusal)),
        (INTERNET_NETNS, "ip", lambda refusal: _internet_verdict(wiring, refusal)),
        (GATEWAY_NETNS, "ip", _closed_network_verdict),
    ]
    return tuple(drop for netns, family, judge in judges for drop in _judged(refusals(netns, family), judge))


def _judged(found: list[Refusal], judge: Callable[[Refusal], Verdict]) -> Iterator[Drop]:
    for refusal in found:
        yield Drop(
            **judge(refusal)._asdict(),
            packets=refusal.packets,
            source=refusal.source,
            destination=refusal.destination,
            what=refusal.what,
        )


def _owners(wiring: Wiring) -> dict[str, str]:
    """Routers by public address."""
    aws = {public: eni.netns for vpc in wiring.vpcs for eni in vpc.enis for public in eni.public.values()}
    nics = [(nic.nic.address, server.node.name) for server in wiring.servers for nic in server.nics]
    return {**aws, **{str(address.ip): name for address, name in nics if address}}


class _VpcJudge:
    """Reads the drops of one VPC."""

    def __init__(self, wiring: Wiring, vpc: Vpc) -> None:
        self._vpc, self._owners = vpc, _owners(wiring)
        self._enis = {eni.device: eni for eni in vpc.enis}

    def verdict(self, refusal: Refusal) -> Verdict:
        """Hop, resource and rule."""
        eni = self._enis.get(refusal.device)
        if eni and refusal.reason in _ENI_RULES:
            rule = _ENI_RULES[refusal.reason].format(refusal=refusal)
            return Verdict(self._hop(eni, refusal), eni.id if "check" in refusal.reason else _groups(eni), rule)
        if refusal.reason == "zone" and eni and self._vpc.gateway_link:
            rule = f"has no subnet in {eni.subnet.zone}, where {refusal.source} is"
            return Verdict(self._hop(eni, refusal), self._vpc.gateway_link.attachment_id, rule)
        if refusal.reason == "no_elastic_ip":
            return self._no_elastic_ip(eni, refusal)
        return self._no_route(eni, refusal)

    def _hop(self, eni: Eni | None, refusal: Refusal) -> str:
        if eni is None or eni.is_probe:
            return f"vpc:{self._vpc.name}"
        if refusal.protocol == IPPROTO_GRE:
            return f"gre:{eni.netns}"
        peer = self._owners.get(refusal.source) or self._owners.get(refusal.destination)
        return f"tunnel:{peer}/{eni.netns}" if peer and refusal.what.startswith("udp/") else eni.netns

    def _no_elastic_ip(self, sender: Eni | None, refusal: Refusal) -> Verdict:
        if refusal.device == IGW_DEVICE:
            rule = f"knows no Elastic IP {refusal.destination}"
            return Verdict(f"vpc:{self._vpc.name}", self._vpc.internet_gateway_id, rule)
        resource = sender.id if sender else self._vpc.internet_gateway_id
        return Verdict(self._hop(sender, refusal), resource, f"no Elastic IP for {refusal.source}")

    def _no_route(self, sender: Eni | None, refusal: Refusal) -> Verdict:
        if any(IPv4Address(refusal.destination) in cidr for cidr in self._vpc.cidrs):
            rule = f"no interface in reach has {refusal.destination}"
            return Verdict(self._hop(sender, refusal), self._vpc.id, rule, is_of_routes=True)
        link = self._vpc.gateway_link
        table = self._vpc.id
        if sender:
            table = sender.subnet.table_id
        elif refusal.device == GATEWAY_DEVICE and link and link.subnets:
            table = link.subnets[0].table_id
        dead = next(dead_routes(self._vpc, table, refusal.destination), None)
        return Verdict(self._hop(sender, refusal), table, dead or f"has no route to {refusal.destination}")


def _groups(eni: Eni) -> str:
    return ", ".join(eni.group_ids) or eni.id


class _GatewayJudge:
    """Reads the drops of a Transit Gateway."""

    def __init__(self, wiring: Wiring, gateway: Gateway) -> None:
        self._gateway = gateway
        self._routers = {card.private_address: name for name, card in wiring.cards.items() if card.private_address}
        self._attachments: dict[str, Attachment] = {gateway_device(a.vpc): a for a in gateway.vpcs}
        for connect in gateway.connects:
            self._attachments.update({peer.device: connect for peer in connect.peers})

    def verdict(self, refusal: Refusal) -> Verdict:
        """Hop, resource and rule."""
        attachment = self._attachments.get(refusal.device)
        if refusal.protocol == IPPROTO_GRE:
            return self._gre(refusal)
        if attachment is None:
            rule = f"has no attachment for {refusal.source} > {refusal.destination}"
            return Verdict("gateway", self._gateway.id, rule)
        if attachment.associated is None:
            return Verdict("gateway", attachment.id, "is associated with no route table")
        verb = "blackholes" if refusal.reason == "blackhole" else "has no route to"
        rule = f"{verb} {refusal.destination} (from {attachment.id})"
        return Verdict("gateway", attachment.associated, rule, is_of_routes=True)

    def _gre(self, refusal: Refusal) -> Verdict:
        """At the leg of whoever sent it; the peer is that of the gateway's address, as routers know no other."""
        peers = [peer for connect in self._gateway.connects for peer in connect.peers]
        asked = [peer for peer in peers if peer.gateway_address == refusal.destination]
        for peer in (*asked, *(peer for peer in peers if peer.router_address == refusal.source)):
            seen = f"takes GRE from {peer.router_address} to {peer.gateway_address}"
            other = f"not from {refusal.source} to {refusal.destination}"
            return Verdict(f"gre:{self._routers.get(refusal.source, peer.name)}", peer.id, f"{seen}, {other}")
        hop = f"gre:{self._routers[refusal.source]}" if refusal.source in self._routers else "gateway"
        return Verdict(hop, self._gateway.id, f"no Connect peer for GRE {refusal.source} > {refusal.destination}")


def _sakura_verdict(wiring: Wiring, refusal: Refusal) -> Verdict:
    plugs = [(server, nic) for server in wiring.servers for nic in server.nics]
    nics = {nic.nic.fabric_device: (server, nic) for server, nic in plugs if nic.nic.fabric_netns == refusal.netns}
    if refusal.reason == "packet_filter" and refusal.device in nics:
        server, nic = nics[refusal.device]
        peer = _owners(wiring).get(refusal.source, "")
        hop = f"tunnel:{server.node.name}/{peer}" if peer.startswith("aws") else server.node.name
        return Verdict(hop, nic.filter_id, f"does not admit {refusal.what} from {refusal.source}")
    if refusal.device in nics:
        server, nic = nics[refusal.device]
        own = nic.nic.address.ip if nic.nic.address else "none"
        if refusal.reason == "source":
            rule = f"may send from {own} only, not from {refusal.source}"
            return Verdict(server.node.name, server.node.resource_id, rule)
    sender = nics[refusal.device][0].node.name if refusal.device in nics else ""
    return Verdict(sender, SHARED_NETNS, f"no server has {refusal.destination}", is_of_routes=True)


def _internet_verdict(wiring: Wiring, refusal: Refusal) -> Verdict:
    sender = _owners(wiring).get(refusal.source, "")
    eni = next((eni for vpc in wiring.vpcs for eni in vpc.enis if refusal.source in eni.public.values()), None)
    if eni and any(IPv4Address(refusal.destination) in private for private in PRIVATE):
        hop = f"gre:{sender}" if refusal.protocol == IPPROTO_GRE else sender
        return Verdict(hop, eni.subnet.table_id, f"has no route to {refusal.destination} but the one to the Internet")
    return Verdict(sender, INTERNET_NETNS, f"nobody has the address {refusal.destination}", is_of_routes=True)


def _closed_network_verdict(refusal: Refusal) -> Verdict:
    if refusal.reason == "site_to_site":
        return Verdict("closed-network", GATEWAY_NETNS, "keeps sites apart")
    return Verdict("closed-network", GATEWAY_NETNS, f"knows no site with {refusal.destination}")

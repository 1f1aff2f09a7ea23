"""What a proof works on: the running lab, and what its stack promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import product
from typing import Any

from lab.fabric import Fabric, VpcPlace
from lab.fabric.closed_network import GATEWAY_NETNS as CLOSED_GATEWAY_NETNS
from lab.fabric.sakura import SWITCH_NETNS
from lab.nodes import Booted
from lab.proof.flows import Endpoint, Place
from lab.proof.hops import HopMap, tunnel_hop
from lab.world import World

STRANGER_NETNS = "stranger"
STRANGER_ADDRESS = "192.0.2.66"
INTERNET_NETNS = "internet"
CLOSED_NETWORK_NETNS = (CLOSED_GATEWAY_NETNS, SWITCH_NETNS)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A running lab with its promises."""

    fabric: Fabric
    booted: Mapping[str, Booted]
    """Routers that run, by name."""
    world: World
    outputs: Mapping[str, Any]
    """Stack outputs: what must be reachable, and at which MTU."""

    @property
    def usable_mtu(self) -> int:
        """Bytes of the largest IPv4 packet the stack promises to carry."""
        return int(self.outputs["usable_mtu"])

    @property
    def routers(self) -> Mapping[str, Mapping[str, Any]]:
        """The promised routers with their public addresses."""
        routers: Mapping[str, Mapping[str, Any]] = self.outputs["routers"]
        return routers

    @property
    def off(self) -> frozenset[str]:
        """Promised routers that do not run."""
        return frozenset(self.routers) - frozenset(self.booted)

    def sites(self) -> tuple[Place, ...]:
        """Every site with an address in each of its prefixes."""
        return tuple(
            _place(site.name, f"site:{site.name}", [(site.netns, address) for address in site.addresses])
            for site in self.fabric.sites
        )

    def vpcs(self) -> tuple[Place, ...]:
        """Every promised VPC with its probe hosts; one that was deployed nowhere has none.

        It is found by its attachment: other VPCs may have its name in the cloud, and the fabric then calls both longer.
        Only where the attachment is gone the name has to do.
        """
        attached = {vpc.attachment_id: vpc for vpc in self.fabric.vpcs if vpc.attachment_id}
        named = {vpc.name: vpc for vpc in self.fabric.vpcs}
        promised = sorted(self.outputs["vpc_attachment_ids"].items())
        return tuple(_vpc_place(name, attached.get(id_) or named.get(name)) for name, id_ in promised)

    def resource(self, hop: str) -> str:
        """The cloud's id of what stands at a hop, or the hop's own words where no cloud holds it."""
        ids = {node.name: f"{node.name} ({node.instance_id})" for node in self.fabric.nodes}
        ids.update({f"vpc:{vpc.name}": vpc.id for vpc in self.fabric.vpcs})
        ids["gateway"] = str(self.outputs["gateway_id"])
        ids["closed-network"] = self.world.closed_network.switch_id
        if hop.startswith("gre:"):
            peer = self.outputs["connect_peer_ids"].get(hop.removeprefix("gre:"))
            return f"{peer} and {ids.get(hop.removeprefix('gre:'), hop)}"
        if hop.startswith("tunnel:"):
            return " and ".join(ids.get(router, router) for router in hop.removeprefix("tunnel:").split("/"))
        return ids.get(hop, hop)

    def hops(self) -> tuple[str, ...]:
        """Every hop that the stack promises, in no order."""
        aws, sakura = ([name for name in self.routers if name.startswith(kind)] for kind in ("aws-", "sakura-"))
        return (
            *(f"site:{site.name}" for site in self.world.sites),
            *("closed-network", *sakura, *(tunnel_hop(one, other) for one, other in product(sakura, aws)), *aws),
            *(f"gre:{name}" for name in aws),
            *("gateway", *(f"vpc:{name}" for name in self.outputs["vpc_attachment_ids"])),
        )

    def hop_map(self) -> HopMap:
        """Which hop each namespace and device belongs to."""
        places = {vpc.netns: f"vpc:{vpc.name}" for vpc in self.fabric.vpcs}
        places.update({host.netns: f"vpc:{host.vpc}" for host in self.fabric.hosts})
        places.update({node.netns: node.name for node in self.fabric.nodes})
        places.update({site.netns: f"site:{site.name}" for site in self.fabric.sites})
        places.update(dict.fromkeys(CLOSED_NETWORK_NETNS, "closed-network"))
        points = self.fabric.capture_points()
        places.update({point.netns: "gateway" for point in points if point.hop == "gateway"})
        links = {(point.netns, point.device): point.hop for point in points if point.hop.startswith("gre:")}
        return HopMap(places=places, links=links)


def _vpc_place(name: str, vpc: VpcPlace | None) -> Place:
    if vpc is None:
        return _place(name, f"vpc:{name}", [])
    return _place(name, f"vpc:{vpc.name}", [(host.netns, host.address) for host in vpc.hosts])


def _place(name: str, hop: str, found: list[tuple[str, IPv4Address]]) -> Place:
    endpoints = tuple(Endpoint(hop=hop, netns=netns, address=str(address)) for netns, address in found)
    return Place(name=name, hop=hop, endpoints=endpoints)

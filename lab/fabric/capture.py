"""Where on the path packets can be seen: devices of the fabric and of the nodes, by the hop they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lab.fabric.closed_network import CLOSED_DEVICE, GATEWAY_NETNS, LAN_DEVICE, site_device, site_host
from lab.fabric.sakura import SWITCH_NETNS
from lab.fabric.vpc_wiring import gateway_device
from lab.fabric.wiring import Wiring


@dataclass(frozen=True, kw_only=True)
class CapturePoint:
    """A device that packets of the path cross at a hop."""

    hop: str
    """As in `lab/report.json`."""
    netns: str
    device: str
    carries: str
    """`inner`: the packet itself; `gre` or `wireguard`: inside a tunnel."""


def capture_points(wiring: Wiring) -> tuple[CapturePoint, ...]:
    """All of them; a router's `wg-*` and `gre-gateway` devices are there once it has booted."""
    return (*_sites(wiring), *_sakura(wiring), *_aws(wiring), *_gateway(wiring), *_vpcs(wiring))


def _sites(wiring: Wiring) -> Iterator[CapturePoint]:
    for site in wiring.world.sites:
        hop, host = f"site:{site.name}", site_host(site)
        yield CapturePoint(hop=hop, netns=host.netns, device=CLOSED_DEVICE if site.bgp else LAN_DEVICE, carries="inner")
        # A site that speaks BGP stands on the switch itself, a routed one behind the closed network's gateway.
        where = (SWITCH_NETNS, site_device(site)) if site.bgp else (GATEWAY_NETNS, site_device(site))
        yield CapturePoint(hop="closed-network", netns=where[0], device=where[1], carries="inner")


def _sakura(wiring: Wiring) -> Iterator[CapturePoint]:
    for server in wiring.servers:
        for nic in server.nics:
            carries = "wireguard" if nic.nic.address else "inner"
            yield CapturePoint(
                hop=server.node.name, netns=nic.nic.fabric_netns, device=nic.nic.fabric_device, carries=carries
            )


def _aws(wiring: Wiring) -> Iterator[CapturePoint]:
    for vpc in wiring.vpcs:
        for eni in vpc.enis:
            if not eni.is_probe:
                yield CapturePoint(hop=eni.netns, netns=vpc.netns, device=eni.device, carries="wireguard")


def _gateway(wiring: Wiring) -> Iterator[CapturePoint]:
    for gateway in wiring.gateways:
        for connect in gateway.connects:
            for peer in connect.peers:
                yield CapturePoint(hop=f"gre:{peer.name}", netns=gateway.netns, device=peer.device, carries="inner")
        for attachment in gateway.vpcs:
            device = gateway_device(attachment.vpc)
            is_transport = any(connect.transport_id == attachment.id for connect in gateway.connects)
            carries = "gre" if is_transport else "inner"
            yield CapturePoint(hop="gateway", netns=gateway.netns, device=device, carries=carries)


def _vpcs(wiring: Wiring) -> Iterator[CapturePoint]:
    for vpc in wiring.vpcs:
        for eni in vpc.enis:
            if eni.is_probe:
                yield CapturePoint(hop=f"vpc:{vpc.name}", netns=vpc.netns, device=eni.device, carries="inner")

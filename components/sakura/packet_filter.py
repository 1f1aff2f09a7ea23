"""The rules in front of a Sakura router's shared NIC."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pulumi
import pulumi_sakuracloud as sakuracloud

from topology.links import TunnelPort

EPHEMERAL_PORTS = "32768-60999"
"""Linux's own source ports, net.ipv4.ip_local_port_range."""


def expressions(
    tunnels: Iterable[TunnelPort], peer_addresses: Mapping[str, pulumi.Input[str]]
) -> list[sakuracloud.PacketFilterExpressionArgs]:
    """Rules in the order the filter tries them: WireGuard from the far routers, then answers, then nothing.

    The filter is stateless, so answers to what the node asks must be let in by their source port.
    nftables on the router does the stateful rest; ICMP types, which this filter does not know, are its part too.
    """
    return [
        *(_wireguard(tunnel, peer_addresses[tunnel.peer]) for tunnel in tunnels),
        _answers("tcp", "443", "AWS APIs answer", destination_port=EPHEMERAL_PORTS),
        _answers("udp", "53", "DNS answers"),
        _answers("udp", "123", "NTP answers"),
        sakuracloud.PacketFilterExpressionArgs(protocol="icmp", allow=True, description="Path MTU discovery"),
        sakuracloud.PacketFilterExpressionArgs(protocol="fragment", allow=True, description="Rest of a large packet"),
        sakuracloud.PacketFilterExpressionArgs(protocol="ip", allow=False, description="Everything else"),
    ]


def _wireguard(tunnel: TunnelPort, peer_address: pulumi.Input[str]) -> sakuracloud.PacketFilterExpressionArgs:
    return sakuracloud.PacketFilterExpressionArgs(
        protocol="udp",
        source_network=peer_address,
        destination_port=str(tunnel.port),
        allow=True,
        description=f"WireGuard {tunnel.name}",
    )


def _answers(
    protocol: str, source_port: str, description: str, destination_port: str | None = None
) -> sakuracloud.PacketFilterExpressionArgs:
    return sakuracloud.PacketFilterExpressionArgs(
        protocol=protocol,
        source_port=source_port,
        destination_port=destination_port,
        allow=True,
        description=description,
    )

"""Derives every address of our own from stated prefixes, zone letters and key generations, never list positions."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import product
from typing import Final

from topology.links import ConnectPeer, Tunnel, TunnelEnd
from topology.model import StatedAws, StatedGateway, StatedKeyGenerations
from topology.packet_size import WIREGUARD_MTU
from topology.plan import ROUTERS
from topology.vpcs import NewVpc, RouterVpc

SAKURA_ROUTERS: Final = ("sakura-a", "sakura-b")
AWS_ROUTERS: Final = ("aws-a", "aws-b")

TUNNEL_SLOTS: Final = 2
"""Tunnels that two routers can have at once, while a key is being rotated."""

TUNNELS: Final = len(SAKURA_ROUTERS) * len(AWS_ROUTERS) * TUNNEL_SLOTS
"""Ports and /31s that a stack takes at most."""

_FIRST_LOOPBACK: Final = 1
_FIRST_TUNNEL_ADDRESS: Final = 16
_ROUTER_HOST: Final = 10
"""AWS keeps the first four addresses of a subnet and the last."""
_SMALL_SUBNET: Final = 28
_FIRST_ATTACHMENT_SUBNET: Final = 8
_HOST_SUBNET_BITS: Final = 3


def loopback(overlay: IPv4Network, router: str) -> IPv4Address:
    """The loopback of a router."""
    return overlay[_FIRST_LOOPBACK + ROUTERS.index(router)]


def tunnels(overlay: IPv4Network, base_port: int, generations: StatedKeyGenerations) -> tuple[Tunnel, ...]:
    """The full mesh between both router pairs, sorted by name and slot."""
    found = [
        _tunnel(overlay, base_port, (sakura, sakura_generation), (aws, aws_generation))
        for sakura, aws in product(SAKURA_ROUTERS, AWS_ROUTERS)
        for sakura_generation, aws_generation in product(generations.of(sakura), generations.of(aws))
    ]
    return tuple(sorted(found, key=lambda tunnel: (tunnel.name, tunnel.slot)))


def _tunnel(overlay: IPv4Network, base_port: int, sakura: tuple[str, int], aws: tuple[str, int]) -> Tunnel:
    slot = (sakura[1] + aws[1]) % TUNNEL_SLOTS
    pair = SAKURA_ROUTERS.index(sakura[0]) * len(AWS_ROUTERS) + AWS_ROUTERS.index(aws[0])
    number = pair * TUNNEL_SLOTS + slot
    sakura_address, aws_address = IPv4Network((overlay[_FIRST_TUNNEL_ADDRESS + 2 * number], 31))

    def end(own: tuple[str, int], far: str, address: IPv4Address) -> TunnelEnd:
        interface = IPv4Interface((address, 31))
        return TunnelEnd(router=own[0], interface=f"wg-{far}-{slot}", address=interface, key_generation=own[1])

    return Tunnel(
        name=f"{sakura[0]}/{aws[0]}",
        slot=slot,
        sakura=end(sakura, aws[0], sakura_address),
        aws=end(aws, sakura[0], aws_address),
        port=base_port + number,
        mtu_bytes=WIREGUARD_MTU,
        pre_shared_key=f"{sakura[0]}-{sakura[1]}.{aws[0]}-{aws[1]}",
    )


def router_vpc(stated: StatedAws, overlay: IPv4Network) -> RouterVpc:
    """The router VPC: of its first sixteen /28s, eight for routers and eight for attachments, by zone letter."""
    cidr, letters = stated.router_vpc_cidr, sorted(stated.zones)
    return RouterVpc(
        cidr=cidr,
        router_subnets={letter: small_subnet(cidr, zone_index(letter)) for letter in letters},
        attachment_subnets={
            letter: small_subnet(cidr, _FIRST_ATTACHMENT_SUBNET + zone_index(letter)) for letter in letters
        },
        through_gateway={"gateway": stated.gateway.cidr, "overlay": overlay},
    )


def router_address(subnet: IPv4Network) -> IPv4Address:
    """The fixed address of the AWS router in its subnet."""
    return subnet[_ROUTER_HOST]


def new_vpc(cidr: IPv4Network, zones: Iterable[str]) -> NewVpc:
    """A new VPC of /16 to /24, cut: hosts get eighths from its start, attachments /28s from its end, by zone letter."""
    eighths = tuple(cidr.subnets(prefixlen_diff=_HOST_SUBNET_BITS))
    letters = sorted(zones)
    return NewVpc(
        cidr=cidr,
        subnets={letter: eighths[zone_index(letter)] for letter in letters},
        attachment_subnets={letter: small_subnet(cidr, -1 - zone_index(letter)) for letter in letters},
    )


def connect_peer(router: str, router_private: IPv4Address, gateway: StatedGateway) -> ConnectPeer:
    """The Connect peer of an AWS router."""
    inside = {"aws-a": gateway.inside_cidrs.aws_a, "aws-b": gateway.inside_cidrs.aws_b}[router]
    return ConnectPeer(
        router=router,
        router_address=router_private,
        gateway_address=gateway.cidr[1 + AWS_ROUTERS.index(router)],
        inside_cidr=inside,
    )


def small_subnet(cidr: IPv4Network, index: int) -> IPv4Network:
    """A /28 of a prefix, counted from its start or, below zero, from its end."""
    size = 1 << (32 - _SMALL_SUBNET)
    return IPv4Network((cidr[index * size], _SMALL_SUBNET))


def zone_index(letter: str) -> int:
    """0 for zone a."""
    return ord(letter) - ord("a")

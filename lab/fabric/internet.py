"""The Internet between the clouds: a router that knows the public addresses, AWS's API and a stranger."""

from __future__ import annotations

from ipaddress import IPv4Interface

from lab.fabric import names
from lab.fabric.blueprint import (
    SINK_DEVICE,
    Address,
    Blueprint,
    End,
    Link,
    Namespace,
    Neighbour,
    Route,
    sink_part,
)
from lab.fabric.template import fill
from lab.fabric.vpc_wiring import INTERNET_MTU_BYTES, INTERNET_NETNS

API_ADDRESS = IPv4Interface("192.0.2.10/24")
STRANGER_ADDRESS = IPv4Interface("192.0.2.66/24")
"""Whoever should not get in."""
API_NETNS, STRANGER_NETNS = "api", "stranger"
REASONS = {"no_route": "iifname"}
"""Why the Internet drops a packet, counted by the device it came by."""
_ROUTER_ADDRESS = "192.0.2.1"


def internet_part() -> Blueprint:
    """The router and its two hosts; the clouds add their links and routes."""
    space = Namespace(
        name=INTERNET_NETNS,
        is_router=True,
        answers_arp_for_others=True,
        addresses=(Address(device="lo", address=f"{_ROUTER_ADDRESS}/32"),),
        ruleset=fill("internet.nft.j2", reasons=REASONS),
    )
    hosts = [_host(API_NETNS, API_ADDRESS), _host(STRANGER_NETNS, STRANGER_ADDRESS)]
    return Blueprint.join([Blueprint(namespaces=(space,)), sink_part(INTERNET_NETNS, SINK_DEVICE, "main"), *hosts])


def _host(netns: str, address: IPv4Interface) -> Blueprint:
    mac = names.mac(netns, "internet")
    near = End(netns=INTERNET_NETNS, device=netns, mac=names.mac(INTERNET_NETNS, netns), mtu_bytes=INTERNET_MTU_BYTES)
    far = End(netns=netns, device="internet", mac=mac, mtu_bytes=INTERNET_MTU_BYTES)
    router = Namespace(
        name=INTERNET_NETNS,
        neighbours=(Neighbour(device=netns, address=str(address.ip), mac=mac),),
        routes=(Route(destination=f"{address.ip}/32", device=netns),),
    )
    host = Namespace(
        name=netns,
        addresses=(Address(device="internet", address=str(address)),),
        routes=(Route(destination="default", device="internet", via=_ROUTER_ADDRESS),),
    )
    return Blueprint(namespaces=(router, host), links=(Link(near=near, far=far),))

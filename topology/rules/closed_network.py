"""The addresses on the closed network."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from topology.findings import BESIDE, Finding, Location
from topology.model import Intent

_CIDR: Location = ("closed_network", "cidr")


def addresses_fit(intent: Intent) -> Iterator[Finding]:
    """Every address on the closed network is a host address of its prefix."""
    cidr = intent.closed_network.cidr
    for at, address in _addresses(intent):
        if address not in cidr:
            rule, way_out = f"is not in {cidr} of {BESIDE}", "state an address of that prefix"
        elif address in (cidr.network_address, cidr.broadcast_address):
            rule, way_out = f"is the first or last address of {cidr}, which no host has", "state one between them"
        else:
            continue
        yield Finding(value=address, rule=rule, at=at, way_out=way_out, beside=(_CIDR,))


def addresses_are_unique(intent: Intent) -> Iterator[Finding]:
    """No two of them are the same: not the gateway's, the virtual one, a router's or a BGP site's."""
    taken: dict[IPv4Address, Location] = {}
    for at, address in _addresses(intent):
        first = taken.setdefault(address, at)
        if first != at:
            way_out = "give each its own address on the closed network"
            yield Finding(value=address, rule=f"is also {BESIDE}", at=at, way_out=way_out, beside=(first,))


def _addresses(intent: Intent) -> list[tuple[Location, IPv4Address]]:
    closed = intent.closed_network
    return [
        (("closed_network", "gateway"), closed.gateway),
        (("closed_network", "virtual_ip"), closed.virtual_ip),
        (("closed_network", "routers", "sakura-a"), closed.routers.sakura_a),
        (("closed_network", "routers", "sakura-b"), closed.routers.sakura_b),
        *(
            (("sites", index, "bgp", "address"), site.bgp.address)
            for index, site in enumerate(intent.sites)
            if site.bgp is not None
        ),
    ]

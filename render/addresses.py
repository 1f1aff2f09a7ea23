"""Addresses that neither a cloud nor a tunnel sets: `/etc/flets-to-vpc/addresses.ip`."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from render.files import RenderedFile, render
from topology.plan import Plan


@dataclass(frozen=True, kw_only=True)
class AddressesContext:
    """The words of `iproute2/addresses.ip.j2`."""

    loopback: IPv4Address
    closed_address: IPv4Interface | None
    """None on AWS, which has no closed network."""


def addresses_file(plan: Plan, router: str) -> RenderedFile:
    """The lines `ip -batch` runs before any daemon starts, and again without harm at every new bundle."""
    place = plan.sakura_places.get(router)
    context = AddressesContext(
        loopback=plan.routers[router].loopback,
        closed_address=place.closed_address if place else None,
    )
    return render("/etc/flets-to-vpc/addresses.ip", "iproute2/addresses.ip.j2", context)

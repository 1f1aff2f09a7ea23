"""Ports and key generations of the tunnels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from topology.addressing import TUNNELS
from topology.findings import BESIDE, Finding, Location
from topology.model import Intent
from topology.plan import ROUTERS

BFD_PORTS: Final = (3784, 3785, 4784)
"""RFC 5881 and RFC 5883: bfdd listens there on every router."""


def ports_are_free(intent: Intent) -> Iterator[Finding]:
    """No tunnel listens where BFD does."""
    base = intent.wireguard_base_port
    for port in BFD_PORTS:
        if base <= port < base + TUNNELS:
            rule = f"begins the {TUNNELS} ports up to {base + TUNNELS - 1}, of which {port} is BFD's"
            yield Finding(value=base, rule=rule, at=("wireguard_base_port",), way_out="state another, such as 51820")


def one_key_rotates_at_a_time(intent: Intent) -> Iterator[Finding]:
    """A router has one key generation, or two consecutive ones while it rotates, and only one router rotates.

    Ports and addresses are told apart by the sum of both ends' generations modulo two.
    """
    rotating: list[Location] = []
    for router in ROUTERS:
        at: Location = ("key_generation", router)
        generations = intent.key_generation.of(router)
        old = generations[:1]
        if not generations or generations not in (old, (*old, old[0] + 1)):
            rule = "is neither one generation nor two consecutive ones, old before new"
            yield Finding(value=generations, rule=rule, at=at, way_out="state one, or two such as [1, 2]")
        if len(generations) > 1:
            rotating.append(at)
    for at in rotating[1:]:
        generations = intent.key_generation.of(str(at[-1]))
        rule = f"rotates at the same time as {BESIDE}"
        way_out = "let one router finish before the next begins"
        yield Finding(value=generations, rule=rule, at=at, way_out=way_out, beside=(rotating[0],))

"""What the gateway is told of the sites, and may tell of VPCs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, collapse_addresses
from typing import Final

SMALLEST_VPC: Final = 28
"""AWS makes none smaller."""


def announced(prefixes: Iterable[IPv4Network], summaries: Sequence[IPv4Network]) -> tuple[IPv4Network, ...]:
    """Each site prefix, or the summary that contains it in its place, sorted.

    A summary replaces what it contains also in normal running.
    Otherwise the halves of a takeover would be shorter than what the dead router announced, and would move nothing.
    """
    return tuple(sorted({next(filter(prefix.subnet_of, summaries), prefix) for prefix in prefixes}))


def room_for_vpcs(pool: Iterable[IPv4Network], taken: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """The parts of the pool where nothing else lies, as far as a VPC fits in, sorted."""
    free = list(collapse_addresses(pool))
    for network in taken:
        free = [part for whole in free for part in _without(whole, network)]
    return tuple(sorted(part for part in free if part.prefixlen <= SMALLEST_VPC))


def _without(whole: IPv4Network, network: IPv4Network) -> Iterable[IPv4Network]:
    if not whole.overlaps(network):
        return [whole]
    return [] if whole.subnet_of(network) else whole.address_exclude(network)

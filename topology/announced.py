"""What the gateway is told of the sites, and may tell of VPCs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, collapse_addresses
from typing import Final

LARGEST_VPC: Final = 16
"""AWS makes none larger (CreateVpc)."""
SMALLEST_VPC: Final = 28
"""AWS makes none smaller."""


def announced(prefixes: Iterable[IPv4Network], summaries: Sequence[IPv4Network]) -> tuple[IPv4Network, ...]:
    """Each site prefix, or the summary that contains it in its place, sorted.

    A summary replaces what it contains also in normal running.
    Otherwise the halves of a takeover would be shorter than what the dead router announced, and would move nothing.
    """
    return tuple(sorted({next(filter(prefix.subnet_of, summaries), prefix) for prefix in prefixes}))


def pools_with_room(
    pool: Iterable[IPv4Network], taken: Sequence[IPv4Network], blackholes: Sequence[IPv4Network]
) -> tuple[IPv4Network, ...]:
    """The pool in as few parts as hold a VPC beside what else lies there, none of them a blackhole's prefix; sorted."""
    whole = (part for part in collapse_addresses(pool) if part.prefixlen <= SMALLEST_VPC)
    halved = (half for part in whole for half in (part.subnets() if part in blackholes else (part,)))
    return tuple(part for part in halved if not any(part.subnet_of(network) for network in taken))


def room_for_vpcs(pools: Iterable[IPv4Network], taken: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """The parts of the pools where nothing else lies, as far as a VPC fits in, sorted."""
    free = list(pools)
    for network in taken:
        free = [part for whole in free for part in _without(whole, network)]
    return tuple(sorted(part for part in free if part.prefixlen <= SMALLEST_VPC))


def _without(whole: IPv4Network, network: IPv4Network) -> Iterable[IPv4Network]:
    if not whole.overlaps(network):
        return [whole]
    return [] if whole.subnet_of(network) else whole.address_exclude(network)

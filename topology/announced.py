"""What the gateway is told of the sites, and may tell of VPCs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from ipaddress import IPV4LENGTH, IPv4Network, collapse_addresses
from typing import Final

from topology.model import Intent

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


def summaries_of(intent: Intent) -> tuple[IPv4Network, ...]:
    """The stated summaries, sorted; for a takeover each halved as long as a site prefix is one of its halves.

    A takeover originates a summary's halves: over a site's own route it would be a black hole, and at the gateway
    it would be no longer than what the dead router announced.
    """
    if not intent.takeover:
        return tuple(sorted(intent.aggregate))
    prefixes = {prefix for site in intent.sites for prefix in site.prefixes}
    return tuple(sorted(part for summary in intent.aggregate for part in _without_halves(summary, prefixes)))


def _without_halves(summary: IPv4Network, prefixes: Collection[IPv4Network]) -> Iterable[IPv4Network]:
    halves = () if summary.prefixlen == IPV4LENGTH else tuple(summary.subnets())
    if not any(half in prefixes for half in halves):
        return (summary,)
    kept = (half for half in halves if any(p != half and p.subnet_of(half) for p in prefixes))
    return [part for half in kept for part in _without_halves(half, prefixes)]


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

"""What can be built but the operator should know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from topology.announced import announced, summaries_of
from topology.model import Intent


def on(intent: Intent) -> Iterator[str]:
    """One sentence each, as `Plan.notes` carries them."""
    prefixes = [prefix for site in intent.sites for prefix in site.prefixes]
    if intent.takeover:
        hosts = (prefix for prefix in announced(prefixes, summaries_of(intent)) if prefix.num_addresses == 1)
        yield from map(_cannot_be_split, hosts)
    for summary in sorted(set(intent.aggregate) - set(summaries_of(intent))):
        yield _is_cut(summary, [p for p in announced(prefixes, summaries_of(intent)) if p.subnet_of(summary)])
    if intent.takeover and intent.timers.bfd_ms == 0:
        yield "takeover: without BFD (timers.bfd_ms: 0) no router sees its sibling die, and none takes over."
    stated = [
        intent.overlay_cidr,
        intent.closed_network.cidr,
        intent.aws.router_vpc_cidr,
        intent.aws.gateway.cidr,
        *prefixes,
    ]
    for pool in sorted(intent.vpc_pool):
        yield from (_meets_the_pool(pool, prefix) for prefix in sorted(stated) if pool.overlaps(prefix))


def _cannot_be_split(prefix: IPv4Network) -> str:
    return f"takeover: {prefix} cannot be split in two longer prefixes, so it waits for the gateway's hold time."


def _is_cut(summary: IPv4Network, parts: Iterable[IPv4Network]) -> str:
    told = ", ".join(map(str, parts))
    return f"aggregate: a half of {summary} is a site's own prefix, and a takeover needs the halves: {told} instead."


def _meets_the_pool(pool: IPv4Network, prefix: IPv4Network) -> str:
    return f"vpc_pool: {pool} meets {prefix}, which no app team's VPC can have."

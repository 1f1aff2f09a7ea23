"""What the gateway is told of the sites."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network


def announced(prefixes: Iterable[IPv4Network], summaries: Sequence[IPv4Network]) -> tuple[IPv4Network, ...]:
    """Each site prefix, or the summary that contains it in its place, sorted.

    A summary replaces what it contains also in normal running.
    Otherwise the halves of a takeover would be shorter than what the dead router announced, and would move nothing.
    """
    return tuple(sorted({next(filter(prefix.subnet_of, summaries), prefix) for prefix in prefixes}))

"""Where a drawn stack's prefixes lie: private space in blocks that do not meet, so that no draw is wasted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from itertools import chain
from random import Random

BLOCKS = (
    *IPv4Network("10.0.0.0/8").subnets(new_prefix=12),
    IPv4Network("172.16.0.0/12"),
    *IPv4Network("192.168.0.0/16").subnets(new_prefix=17),
)
"""Each is for one thing of a stack, or is cut into slots; the /12 of RFC 1918 is no prefix of a site's."""

SLOT_BITS = 4
"""A block has 16 slots; each holds one stated prefix, so a slot may be the summary of a site."""


def part(chance: Random, within: IPv4Network, shortest: int, longest: int) -> IPv4Network:
    """Some prefix of `/shortest` to `/longest` within another."""
    length = chance.randint(max(within.prefixlen, shortest), longest)
    number = chance.randrange(1 << (length - within.prefixlen))
    return IPv4Network((within[number << (32 - length)], length))


def slots(blocks: Sequence[IPv4Network]) -> Iterator[IPv4Network]:
    """The slots of some blocks, of each in turn, so that what follows each other lies far apart."""
    return chain.from_iterable(zip(*(block.subnets(prefixlen_diff=SLOT_BITS) for block in blocks), strict=True))

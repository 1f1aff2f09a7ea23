"""Ids, names and ASNs of a drawn stack."""

from __future__ import annotations

import string
from collections.abc import Collection
from random import Random

WORDS = ("gateway", "internet", "closed", "router-vpc", "vpcs", "connect", "sakura-a", "aws-b", "all", "lo", "routers")
"""What the program and the lab call things of their own; a site or VPC may be called so too."""

LETTERS, INNER = string.ascii_lowercase, string.ascii_lowercase + string.digits + "-"
LONGEST_NAME = 20
HIGHEST_ID = 2**31 - 1

PRIVATE_ASNS = (range(64512, 65535), range(4200000000, 4294967295))
"""RFC 6996: of two bytes and of four."""
SITE_ASNS = (1, 2914, 64511, 65536, 4199999999)
"""A site's may be any, also a public one."""


def ids(chance: Random, count: int) -> list[int]:
    """Different ids in any order, small and large ones."""
    pool = chance.sample(range(1, 100), count) + chance.sample(range(100, HIGHEST_ID + 1), count)
    return chance.sample(pool, count)


def names(chance: Random, count: int) -> list[str]:
    """Different names, among them those of other things."""
    others = [_name(chance, first) for first in chance.sample(LETTERS, count)]
    return chance.sample(list(dict.fromkeys([*chance.sample(WORDS, 3), *others])), count)


def private_asns(chance: Random, count: int) -> list[int]:
    """Different ASNs that nobody owns, of two bytes and of four."""
    return chance.sample([asn for asns in PRIVATE_ASNS for asn in chance.sample(asns, count)], count)


def site_asn(chance: Random, other_than: Collection[int]) -> int:
    """An ASN of a site; two sites may have the same."""
    return chance.choice([asn for asn in (*private_asns(chance, 1), *SITE_ASNS) if asn not in other_than])


def _name(chance: Random, first: str) -> str:
    length = chance.randint(1, LONGEST_NAME)
    inner = "".join(chance.choice(INNER) for _ in range(length - 2))
    return f"{first}{inner}{chance.choice(LETTERS + string.digits)}"[:length]

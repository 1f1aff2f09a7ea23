"""ASNs that make eBGP possible."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from topology.findings import BESIDE, Finding, Location
from topology.model import Intent


def ebgp_needs_two_asns(intent: Intent) -> Iterator[Finding]:
    """Gateway, AWS routers and Sakura routers differ, and each site differs from all of them.

    Two sites may share an ASN, because no site's routes reach another site.
    """
    ours: list[tuple[Location, int]] = [
        (("aws", "gateway", "asn"), intent.aws.gateway.asn),
        (("aws", "asn"), intent.aws.asn),
        (("sakura", "asn"), intent.sakura.asn),
    ]
    pairs = list(combinations(ours, 2))
    for index, site in enumerate(intent.sites):
        if site.bgp is not None:
            pairs += [(own, (("sites", index, "bgp", "asn"), site.bgp.asn)) for own in ours]
    for (first_at, first), (at, asn) in pairs:
        if first == asn:
            rule = f"is also {BESIDE}, and a route that has passed one is refused by the other"
            yield Finding(value=asn, rule=rule, at=at, way_out="give each its own ASN", beside=(first_at,))

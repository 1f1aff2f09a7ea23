"""How many routes the gateway gets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from topology.announced import announced, summaries_of
from topology.findings import Finding
from topology.model import Intent

ROUTES_OF_A_TAKEOVER: Final = 3
"""Per announced prefix: itself and its two halves."""

OWN_LOOPBACK: Final = 1
"""Each router also announces its own loopback."""


def gateway_takes_all_routes(intent: Intent) -> Iterator[Finding]:
    """What one router announces at its worst stays within the gateway's quota: beyond it the session is reset."""
    prefixes = announced((prefix for site in intent.sites for prefix in site.prefixes), summaries_of(intent))
    routes = len(prefixes) * (ROUTES_OF_A_TAKEOVER if intent.takeover else 1) + OWN_LOOPBACK
    quota = intent.aws.gateway.route_quota
    if routes <= quota:
        return
    each = f", {ROUTES_OF_A_TAKEOVER} each in a takeover," if intent.takeover else ""
    ways = ["state aggregate with site summaries", f"a route_quota of {routes} if AWS has granted it"]
    yield Finding(
        value=quota,
        rule=f"is less than the {routes} routes of {len(prefixes)} site prefixes{each} and the router's loopback",
        at=("aws", "gateway", "route_quota"),
        way_out=", or ".join([*ways, "takeover: false"] if intent.takeover else ways),
        beside=(("sites",), ("aggregate",), ("takeover",)),
    )

"""What stated values must be to each other: one module a subject, one public function a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from topology.findings import Finding
from topology.model import Intent
from topology.rules import capacity, closed_network, identity, networks, numbering, timing, tunnels, vpcs, zones

Rule = Callable[[Intent], Iterator[Finding]]

RULES: Final[tuple[Rule, ...]] = (
    zones.known_places,
    zones.aws_router_zones,
    zones.vpc_zones,
    identity.something_to_connect,
    identity.ids_and_names_are_unique,
    networks.no_overlap,
    networks.no_blackhole,
    networks.inside_cidrs_are_apart,
    networks.summaries_cover_sites_alone,
    closed_network.addresses_fit,
    closed_network.addresses_are_unique,
    numbering.ebgp_needs_two_asns,
    vpcs.prefixes_are_stated_once,
    vpcs.prefixes_can_be_cut,
    vpcs.new_ones_have_zones,
    vpcs.existing_ones_are_complete,
    vpcs.existing_ones_are_apart,
    vpcs.existing_ones_hold_their_subnets,
    vpcs.aggregates_lead_to_every_site,
    vpcs.aggregates_can_be_routes,
    tunnels.ports_are_free,
    tunnels.one_key_rotates_at_a_time,
    timing.bfd_can_hold,
    timing.gateway_hold_can_hold,
    capacity.gateway_takes_all_routes,
)


def check(intent: Intent) -> list[Finding]:
    """Everything that is wrong with an intent whose single values could be read."""
    return [finding for rule in RULES for finding in rule(intent)]

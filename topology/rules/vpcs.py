"""A VPC's prefixes, zones and routes."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Final

from topology.findings import BESIDE, Finding, Location
from topology.model import Intent, StatedExistingVpc, StatedVpc, prefixes_of
from topology.reading import PRIVATE

NEW_LENGTHS: Final = (16, 24)
"""A new VPC is cut in eighths for hosts and /28s for attachments."""

EXISTING_LENGTHS: Final = (16, 28)
"""What AWS takes (CreateVpc)."""

SMALLEST_SUBNET: Final = 16
"""Addresses of a /28, the smallest that AWS takes (CreateSubnet)."""


def prefixes_are_stated_once(intent: Intent) -> Iterator[Finding]:
    """A VPC has `cidr` or `cidrs`, and a new one has a single prefix."""
    for index, vpc in enumerate(intent.vpcs):
        at: Location = ("vpcs", index, "cidrs")
        if vpc.cidr is not None and vpc.cidrs is not None:
            other: Location = ("vpcs", index, "cidr")
            rule = f"and {BESIDE} are both stated"
            yield Finding(value=vpc.cidrs, rule=rule, at=at, way_out="state one of the two", beside=(other,))
        elif vpc.existing is None and len(prefixes_of(vpc)) > 1:
            rule, way_out = "has more than one prefix, and a new VPC has one", "state cidr with one prefix"
            yield Finding(value=vpc.cidrs, rule=rule, at=at, way_out=way_out, beside=(("vpcs", index, "existing"),))


def prefixes_can_be_cut(intent: Intent) -> Iterator[Finding]:
    """A VPC's prefix has a length that AWS takes and, when new, that its subnets can be cut from."""
    for index, vpc in enumerate(intent.vpcs):
        shortest, longest = NEW_LENGTHS if vpc.existing is None else EXISTING_LENGTHS
        for at, cidr in prefixes_of(vpc):
            if not shortest <= cidr.prefixlen <= longest:
                kind = "a new VPC's subnets are cut" if vpc.existing is None else "AWS makes VPCs"
                yield Finding(
                    value=cidr,
                    rule=f"is a /{cidr.prefixlen}, but {kind} from /{shortest} to /{longest}",
                    at=("vpcs", index, *at),
                    way_out="state a prefix of such a length",
                    beside=(("vpcs", index, "existing"),),
                )


def new_ones_have_zones(intent: Intent) -> Iterator[Finding]:
    """A new VPC states its zones."""
    for index, vpc in enumerate(intent.vpcs):
        if vpc.existing is None and not vpc.zones:
            at: Location = ("vpcs", index, "zones")
            way_out = "state its zones, such as [a, c], or the ids of an existing VPC"
            rule = "is stated for a new VPC"
            yield Finding(value="no zone", rule=rule, at=at, way_out=way_out, beside=(("vpcs", index, "existing"),))


def existing_ones_are_complete(intent: Intent) -> Iterator[Finding]:
    """An existing VPC states subnets, tables and aggregates, each once, and no zones but its subnets'."""
    for index, vpc in enumerate(intent.vpcs):
        existing_at: Location = ("vpcs", index, "existing")
        for key, value, rule, way_out in _missing_ids(vpc.existing) if vpc.existing is not None else ():
            yield Finding(value=value, rule=rule, at=(*existing_at, key), way_out=way_out)
        if vpc.existing is not None and vpc.aggregates is None:
            at: Location = ("vpcs", index, "aggregates")
            rule = "is stated, and an existing VPC's tables get no route that was not asked for"
            way_out = "state the prefixes that lead to the gateway, such as [192.168.0.0/16]"
            yield Finding(value="nothing", rule=rule, at=at, way_out=way_out)
        if vpc.existing is not None and vpc.zones is not None and set(vpc.zones) != set(vpc.existing.subnet_ids):
            at, beside = ("vpcs", index, "zones"), (*existing_at, "subnet_ids")
            rule = f"differs from the zones of {BESIDE}"
            yield Finding(value=vpc.zones, rule=rule, at=at, way_out="leave zones out", beside=(beside,))


def _missing_ids(existing: StatedExistingVpc) -> Iterator[tuple[str, object, str, str]]:
    """Key, value, rule and way out of whatever an existing VPC lacks."""
    subnets, tables = tuple(existing.subnet_ids.values()), existing.route_table_ids
    if not subnets:
        yield "subnet_ids", "no subnet", "is stated", "state one subnet a zone, such as {a: subnet-0a}"
    if len(set(subnets)) < len(subnets):
        yield "subnet_ids", subnets, "names a subnet twice", "state a subnet of each zone"
    if not tables:
        yield "route_table_ids", "no table", "is stated", "state at least one table, such as [rtb-0a]"
    if len(set(tables)) < len(tables):
        yield "route_table_ids", tables, "names a table twice", "name each table once"


def existing_ones_are_apart(intent: Intent) -> Iterator[Finding]:
    """No two existing VPCs name the same subnet or table: each is part of one VPC."""
    taken: dict[str, Location] = {}
    for index, vpc in enumerate(intent.vpcs):
        for at, named in _named_ids(index, vpc.existing) if vpc.existing is not None else ():
            first = taken.setdefault(named, at)
            if first[1] != index:
                rule = f"is also {BESIDE}, and it is part of one VPC"
                yield Finding(value=named, rule=rule, at=at, way_out="state each VPC's own", beside=(first,))


def _named_ids(index: int, existing: StatedExistingVpc) -> Iterator[tuple[Location, str]]:
    """Every subnet and table an existing VPC names."""
    at: Location = ("vpcs", index, "existing")
    yield from (((*at, "subnet_ids", zone), subnet) for zone, subnet in existing.subnet_ids.items())
    yield from (((*at, "route_table_ids", item), table) for item, table in enumerate(existing.route_table_ids))


def existing_ones_hold_their_subnets(intent: Intent) -> Iterator[Finding]:
    """An existing VPC's prefixes have room for the subnets it names, a /28 each at least."""
    for index, vpc in enumerate(intent.vpcs):
        room = sum(cidr.num_addresses // SMALLEST_SUBNET for _, cidr in prefixes_of(vpc))
        if vpc.existing is not None and 0 < room < len(vpc.existing.subnet_ids):
            yield Finding(
                value=tuple(vpc.existing.subnet_ids.values()),
                rule=f"are more subnets than {BESIDE} can hold, a /28 each at least",
                at=("vpcs", index, "existing", "subnet_ids"),
                way_out="state all prefixes of the VPC in cidrs",
                beside=tuple(("vpcs", index, *at) for at, _ in prefixes_of(vpc)),
            )


def aggregates_lead_to_every_site(intent: Intent) -> Iterator[Finding]:
    """A VPC's aggregates contain every site prefix: what they leave out, the VPC cannot answer."""
    for index, vpc in enumerate(intent.vpcs):
        for number, site in enumerate(intent.sites):
            for item, prefix in enumerate(site.prefixes):
                if not any(prefix.subnet_of(aggregate) for aggregate in _aggregates(vpc)):
                    yield Finding(
                        value=vpc.aggregates,
                        rule=f"has no route to {prefix} of {BESIDE}",
                        at=("vpcs", index, "aggregates"),
                        way_out="add a prefix that contains it",
                        beside=(("sites", number, "prefixes", item),),
                    )


def aggregates_can_be_routes(intent: Intent) -> Iterator[Finding]:
    """Each aggregate is a route the VPC's tables take: stated once, and not within the VPC's own prefixes."""
    for index, vpc in enumerate(intent.vpcs):
        for item, aggregate in enumerate(vpc.aggregates or ()):
            place: Location = ("vpcs", index, "aggregates", item)
            if aggregate in (vpc.aggregates or ())[:item]:
                yield Finding(value=aggregate, rule="is stated twice", at=place, way_out="state it once")
            for at, cidr in prefixes_of(vpc):
                if aggregate.subnet_of(cidr):
                    rule = f"lies in the VPC's own {cidr}, whose traffic stays in the VPC"
                    way_out = "leave it out"
                    beside: tuple[Location, ...] = (("vpcs", index, *at),)
                    yield Finding(value=aggregate, rule=rule, at=place, way_out=way_out, beside=beside)


def _aggregates(vpc: StatedVpc) -> tuple[IPv4Network, ...]:
    """Those stated; none stated by an existing VPC is a finding of its own, and nothing is judged by it."""
    return PRIVATE if vpc.aggregates is None else vpc.aggregates

"""No prefix meets another one."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from topology.findings import BESIDE, Finding, Location
from topology.model import Intent, prefixes_of
from topology.reading import PRIVATE

Claim = tuple[Location, IPv4Network]


def no_overlap(intent: Intent) -> Iterator[Finding]:
    """Sites, VPCs, the closed network, router VPC, gateway CIDR and overlay share no address."""
    claims = [*_own(intent), *_vpcs(intent), *_sites(intent)]
    order = {at: position for position, (at, _) in enumerate(claims)}
    for one, other in _meetings(claims):
        (first_at, first), (at, prefix) = sorted((one, other), key=lambda claim: order[claim[0]])
        rule = f"overlaps {first} of {BESIDE}"
        way_out = "state prefixes that share no address"
        yield Finding(value=prefix, rule=rule, at=at, way_out=way_out, beside=(first_at,))


def no_blackhole(intent: Intent) -> Iterator[Finding]:
    """Nothing the gateway learns is one of its blackholes: a static route beats an equal learned one."""
    router_vpc: Claim = (("aws", "router_vpc_cidr"), intent.aws.router_vpc_cidr)
    for at, prefix in (*_sites(intent), *_summaries(intent)):
        if prefix in PRIVATE:
            yield _blackhole(at, prefix, "state it as two longer prefixes")
    for at, prefix in (router_vpc, *_vpcs(intent)):
        if prefix in PRIVATE:
            yield _blackhole(at, prefix, "take a VPC with a longer prefix")


def inside_cidrs_are_apart(intent: Intent) -> Iterator[Finding]:
    """Both Connect peers have inside addresses of their own."""
    inside = intent.aws.gateway.inside_cidrs
    if inside.aws_a == inside.aws_b:
        at: Location = ("aws", "gateway", "inside_cidrs")
        yield Finding(
            value=inside.aws_b,
            rule=f"is also {BESIDE}",
            at=(*at, "aws-b"),
            way_out="give each router its own /29 of 169.254.0.0/16",
            beside=((*at, "aws-a"),),
        )


def summaries_cover_sites_alone(intent: Intent) -> Iterator[Finding]:
    """A site summary holds prefixes of sites, shorter than each, and nothing else that is stated."""
    sites = _sites(intent)
    for at, summary in _summaries(intent):
        if not any(prefix != summary and prefix.subnet_of(summary) for _, prefix in sites):
            rule, way_out = "summarises no site prefix", "state a shorter prefix that contains some, or leave it out"
            yield Finding(value=summary, rule=rule, at=at, way_out=way_out, beside=(("sites",),))
        for other_at, other in (*_own(intent), *_vpcs(intent)):
            if summary.overlaps(other):
                rule = f"would draw {other} of {BESIDE} to the sites"
                way_out = "state longer summaries that leave it out"
                yield Finding(value=summary, rule=rule, at=at, way_out=way_out, beside=(other_at,))
    for (first_at, first), (at, summary) in combinations(_summaries(intent), 2):
        if summary.overlaps(first):
            rule, way_out = f"overlaps {first} of {BESIDE}", "state one of them"
            yield Finding(value=summary, rule=rule, at=at, way_out=way_out, beside=(first_at,))


def _blackhole(at: Location, prefix: IPv4Network, way_out: str) -> Finding:
    rule = "is a blackhole of the gateway, whose static routes win over learned ones of the same prefix"
    return Finding(value=prefix, rule=rule, at=at, way_out=way_out)


def _own(intent: Intent) -> list[Claim]:
    return [
        (("overlay_cidr",), intent.overlay_cidr),
        (("closed_network", "cidr"), intent.closed_network.cidr),
        (("aws", "router_vpc_cidr"), intent.aws.router_vpc_cidr),
        (("aws", "gateway", "cidr"), intent.aws.gateway.cidr),
    ]


def _vpcs(intent: Intent) -> list[Claim]:
    return [(("vpcs", index, *at), cidr) for index, vpc in enumerate(intent.vpcs) for at, cidr in prefixes_of(vpc)]


def _sites(intent: Intent) -> list[Claim]:
    return [
        (("sites", index, "prefixes", item), prefix)
        for index, site in enumerate(intent.sites)
        for item, prefix in enumerate(site.prefixes)
    ]


def _summaries(intent: Intent) -> list[Claim]:
    return [(("aggregate", index), summary) for index, summary in enumerate(intent.aggregate)]


def _meetings(claims: list[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Every two claims that share an address. Prefixes nest or are apart, so one pass in address order sees all."""
    around: list[Claim] = []
    for claim in sorted(claims, key=lambda claim: (claim[1].network_address, claim[1].prefixlen)):
        while around and not claim[1].subnet_of(around[-1][1]):
            around.pop()
        yield from ((outer, claim) for outer in around)
        around.append(claim)

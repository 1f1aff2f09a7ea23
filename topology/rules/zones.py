"""Regions and zones exist, and routers stand in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from topology.findings import Finding, Location
from topology.model import Intent

AWS_ZONES: Final = {"ap-northeast-1": ("a", "c", "d"), "ap-northeast-3": ("a", "b", "c")}
"""Zone letters of the regions this program deploys to; Tokyo has no b that new accounts can use."""

SAKURA_ZONES: Final = ("tk1a", "tk1b", "is1a", "is1b", "is1c", "tk1v")
"""Zones of `sakuracloud:zone`; tk1v is the sandbox."""

ROUTER_ZONES: Final = 2
"""Zones the AWS router pair needs: one router each."""


def known_places(intent: Intent) -> Iterator[Finding]:
    """The AWS region and the Sakura zone are among those known here."""
    for key, value, known in (
        ("aws:region", intent.region, tuple(AWS_ZONES)),
        ("sakuracloud:zone", intent.sakura_zone, SAKURA_ZONES),
    ):
        if value not in known:
            yield Finding(value=value, rule="is not known", at=(key,), way_out=f"state one of {', '.join(known)}")


def aws_router_zones(intent: Intent) -> Iterator[Finding]:
    """The AWS routers have two zones of the region."""
    at: Location = ("aws", "zones")
    yield from _letters(intent, intent.aws.zones, [(*at, index) for index in range(len(intent.aws.zones))])
    if len(set(intent.aws.zones)) < ROUTER_ZONES:
        way_out = f"state at least two of {', '.join(_known(intent))}"
        yield Finding(value=intent.aws.zones, rule="has no zone for each AWS router", at=at, way_out=way_out)


def vpc_zones(intent: Intent) -> Iterator[Finding]:
    """Every VPC's zones are zones of the region."""
    for index, vpc in enumerate(intent.vpcs):
        at: Location = ("vpcs", index, "zones")
        yield from _letters(intent, vpc.zones or (), [(*at, item) for item in range(len(vpc.zones or ()))])
        if vpc.existing is not None:
            at = ("vpcs", index, "existing", "subnet_ids")
            letters = tuple(vpc.existing.subnet_ids)
            yield from _letters(intent, letters, [(*at, letter) for letter in letters])


def _letters(intent: Intent, letters: Sequence[str], places: Sequence[Location]) -> Iterator[Finding]:
    known = _known(intent)
    for index, (letter, at) in enumerate(zip(letters, places, strict=True)):
        if known and letter not in known:
            way_out = f"state one of {', '.join(known)}"
            rule = f"is no zone of {intent.region}"
            yield Finding(value=letter, rule=rule, at=at, way_out=way_out, beside=(("aws:region",),))
        if letter in letters[:index]:
            yield Finding(value=letter, rule="is stated twice", at=at, way_out="state each zone once")


def _known(intent: Intent) -> tuple[str, ...]:
    """Empty for an unknown region, whose zones nobody can judge."""
    return AWS_ZONES.get(intent.region, ())

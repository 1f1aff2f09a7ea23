"""Sites and VPCs are there and can be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from topology.findings import BESIDE, Finding, Location
from topology.model import Intent, prefixes_of


def something_to_connect(intent: Intent) -> Iterator[Finding]:
    """There is a site and a VPC, and each has a prefix."""
    for key, items in (("sites", intent.sites), ("vpcs", intent.vpcs)):
        if not items:
            yield Finding(value="nothing", rule="is stated", at=(key,), way_out="state at least one")
    for index, site in enumerate(intent.sites):
        if not site.prefixes:
            at: Location = ("sites", index, "prefixes")
            yield Finding(value="no prefix", rule="is stated", at=at, way_out="state at least one prefix of the site")
    for index, vpc in enumerate(intent.vpcs):
        if not prefixes_of(vpc):
            here, other = ("cidr", "cidrs") if vpc.cidrs is None else ("cidrs", "cidr")
            beside: tuple[Location, ...] = (("vpcs", index, other),)
            way_out = "state the VPC's prefix"
            yield Finding(value="no prefix", rule="is stated", at=("vpcs", index, here), way_out=way_out, beside=beside)


def ids_and_names_are_unique(intent: Intent) -> Iterator[Finding]:
    """No two sites, and no two VPCs, share an id or a name; no VPC is stated twice."""
    for key, items in (("sites", intent.sites), ("vpcs", intent.vpcs)):
        yield from _repeated(key, ("id",), [item.id for item in items], way_out="give each its own id")
        yield from _repeated(key, ("name",), [item.name for item in items], way_out="give each its own name")
    existing = [vpc.existing.vpc_id if vpc.existing is not None else None for vpc in intent.vpcs]
    yield from _repeated("vpcs", ("existing", "vpc_id"), existing, way_out="state each VPC once")


def _repeated(key: str, field: tuple[str, ...], values: Sequence[str | int | None], way_out: str) -> Iterator[Finding]:
    for index, value in enumerate(values):
        if value is not None and value in values[:index]:
            yield Finding(
                value=value,
                rule=f"is also {BESIDE}",
                at=(key, index, *field),
                way_out=way_out,
                beside=((key, values.index(value), *field),),
            )

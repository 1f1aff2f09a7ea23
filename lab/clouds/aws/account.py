"""The one emulated AWS account: its number, regions, zones, and what all its resource kinds share."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

from lab.clouds.declaration import Field, tags, text
from lab.clouds.kind import Proposal

ACCOUNT_ID = "123456789012"

ZONES: Mapping[str, tuple[str, ...]] = {"ap-northeast-1": ("a", "c", "d"), "ap-northeast-3": ("a", "b", "c")}
"""Zone letters by region; the lab knows the regions a stack may use (design decision 12)."""

TAGS: Field = tags()

REGIONAL: Mapping[str, Field] = {"region": text(*ZONES, replaces=True), "tags": TAGS}
"""Inputs of every taggable regional resource since pulumi-aws 7."""

REGION_ONLY: Mapping[str, Field] = {"region": REGIONAL["region"]}


def arn(service: str, region: str, resource: str) -> str:
    """An Amazon Resource Name in the emulated account; S3 and IAM have no region."""
    account = "" if service == "s3" else ACCOUNT_ID
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def ec2_arn(proposal: Proposal, resource: str) -> str:
    """An ARN of EC2, whose resource part names the kind: `subnet/subnet-0abc`."""
    return arn("ec2", proposal.place, f"{resource}/{proposal.id}")


def uuid(proposal: Proposal) -> str:
    """Ids in the form of a random UUID (RFC 9562)."""
    first, second, third, fourth, last = (proposal.digits(count, f"{count}") for count in (8, 4, 3, 2, 12))
    return f"{first}-{second}-4{third}-a{fourth}0-{last}"


def zone_names(region: str) -> tuple[str, ...]:
    """The availability zones of a region, `ap-northeast-1a`."""
    return tuple(f"{region}{letter}" for letter in ZONES[region])


def vpc_networks(proposal: Proposal, vpc_id: str) -> list[IPv4Network]:
    """Every CIDR of an existing VPC."""
    vpc = proposal.the("aws:ec2/vpc:Vpc", vpc_id)
    further = proposal.store.of("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    cidrs = [vpc.inputs["cidrBlock"], *(r.inputs["cidrBlock"] for r in further if r.inputs["vpcId"] == vpc_id)]
    return [IPv4Network(cidr) for cidr in cidrs]

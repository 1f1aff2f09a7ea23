"""The names AWS's services have, and where the lab answers for them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address

API_ADDRESS = IPv4Address("192.0.2.10")
"""On the lab's Internet segment (RFC 5737)."""
API_PORT = 443
METADATA_ADDRESS = IPv4Address("169.254.169.254")
METADATA_PORT = 80

SERVICES = ("ssm", "s3", "kms", "sts", "monitoring", "autoscaling", "ec2", "ssmmessages", "ec2messages")


def host_names(region: str, buckets: Iterable[str]) -> tuple[str, ...]:
    """Every name a router may look up, sorted."""
    regional = [f"{service}.{region}.amazonaws.com" for service in SERVICES]
    of_buckets = [f"{bucket}.s3{suffix}.amazonaws.com" for bucket in buckets for suffix in (f".{region}", "")]
    return tuple(sorted({*regional, *of_buckets, "s3.amazonaws.com", "sts.amazonaws.com"}))


def certificate_names(region: str) -> tuple[str, ...]:
    """What the server's certificate stands for: as AWS's own, wildcards for services and buckets."""
    return (
        f"*.{region}.amazonaws.com",
        f"*.s3.{region}.amazonaws.com",
        "s3.amazonaws.com",
        "*.s3.amazonaws.com",
        "sts.amazonaws.com",
    )

"""VPCs: the routers' own, and those on the path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network


@dataclass(frozen=True, kw_only=True)
class RouterVpc:
    """The VPC that holds the AWS router pair. Both maps of subnets are by zone letter."""

    cidr: IPv4Network
    router_subnets: Mapping[str, IPv4Network]
    attachment_subnets: Mapping[str, IPv4Network]
    through_gateway: Mapping[str, IPv4Network]
    """What routers send to the gateway, by a key that names the route: `gateway`, whose addresses end GRE, and
    `overlay`, so that the gateway probe's answers go back."""


@dataclass(frozen=True, kw_only=True)
class NewVpc:
    """A VPC to be made. Both maps are by zone letter."""

    cidr: IPv4Network
    subnets: Mapping[str, IPv4Network]
    """Hosts' subnets."""
    attachment_subnets: Mapping[str, IPv4Network]
    """The gateway attachment's subnets: nothing else stands in them."""


@dataclass(frozen=True, kw_only=True)
class ExistingVpc:
    """A VPC somebody else made: it is attached, and only the named tables get routes."""

    vpc_id: str
    subnet_ids: Mapping[str, str]
    """By zone letter, the subnet that the gateway's attachment uses."""
    route_table_ids: tuple[str, ...]
    """The tables that get routes to the gateway."""


@dataclass(frozen=True, kw_only=True)
class Vpc:
    """A VPC on the path."""

    id: int
    name: str
    cidrs: tuple[IPv4Network, ...]
    aggregates: tuple[IPv4Network, ...]
    """Routes its tables get towards the gateway."""
    zones: tuple[str, ...]
    """Zone letters, sorted."""
    origin: NewVpc | ExistingVpc
    """Made by this stack, or there already."""

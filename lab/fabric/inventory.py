"""What the fabric tells the rest of the lab: who stands where, and what the clouds' state lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Literal

Deployed = str | Mapping[str, Any]
"""A deployed value: its text, or `{"secret": "<name in the store>"}`."""


@dataclass(frozen=True, kw_only=True)
class Nic:
    """A network interface card of a node."""

    device: str
    """`internet` or `closed`."""
    mac: str
    mtu_bytes: int
    address: IPv4Interface | None
    """None: comes up bare, as a NIC without DHCP does."""
    gateway: IPv4Address | None
    fabric_netns: str
    """Where its other end is."""
    fabric_device: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """Where a machine's cloud put it: its first NIC as others know it."""

    id: str
    """Of the interface on EC2, of the server on Sakura."""
    public_address: str
    """Empty where the Internet knows none."""
    private_address: str = ""
    """Of EC2; on Sakura a machine gives itself its own."""


@dataclass(frozen=True, kw_only=True)
class StartupNote:
    """A Sakura note that a disk edit lays on the disk."""

    id: str
    content: Deployed
    variables: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A machine that was deployed."""

    name: str
    cloud: Literal["aws", "sakura"]
    netns: str
    resource_id: str
    """The Auto Scaling group or the server."""
    instance_id: str
    """`i-...` on EC2, the server's id on Sakura."""
    disk_id: str = ""
    """Sakura: the disk it boots from; EC2 makes a new one for each instance."""
    shape: str = ""
    """Sakura: all that its API changes only while the server is shut down, as one text."""
    region: str
    """AWS region, empty on Sakura."""
    zone: str
    nics: tuple[Nic, ...]
    tags: Mapping[str, str]
    user_data: str = ""
    """EC2: base64, as deployed."""
    startup_notes: tuple[StartupNote, ...] = ()
    host_name: str = ""
    """Sakura: what the disk edit sets."""
    instance_profile: str = ""
    role: str = ""
    """Name of the instance profile's role."""

    @property
    def internet(self) -> Nic:
        """The first NIC."""
        return self.nics[0]


@dataclass(frozen=True, kw_only=True)
class ProbeHost:
    """A host in a VPC's subnet whose security group admits all."""

    vpc: str
    zone: str
    netns: str
    address: IPv4Address
    subnet_id: str


@dataclass(frozen=True, kw_only=True)
class VpcPlace:
    """A VPC with its hosts."""

    id: str
    name: str
    netns: str
    cidrs: tuple[IPv4Network, ...]
    hosts: tuple[ProbeHost, ...]
    attachment_id: str
    """Of its attachment to a Transit Gateway; empty when it has none."""


@dataclass(frozen=True, kw_only=True)
class SiteHost:
    """A site: one host with an address in each of its prefixes."""

    name: str
    netns: str
    prefixes: tuple[IPv4Network, ...]
    addresses: tuple[IPv4Address, ...]
    """One in each prefix, in their order."""
    is_bgp: bool


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something the clouds' state lacks, seen while it was read."""

    hop: str
    resource: str
    rule: str


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """All of it."""

    nodes: tuple[Node, ...] = ()
    vpcs: tuple[VpcPlace, ...] = ()
    sites: tuple[SiteHost, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def hosts(self) -> tuple[ProbeHost, ...]:
        """Every probe host."""
        return tuple(host for vpc in self.vpcs for host in vpc.hosts)

"""What the operator states, key by key: the shape of `flets-to-vpc:path` in a stack file.

Every class mirrors one mapping of the file, every field one key, and a field's description says what to state there.
Here single values are read; what they must be to each other is in `topology/rules/`.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from topology import reading

HIGHEST_ID = 2**31 - 1
NAME = "a name of at most 20 small letters, digits and hyphens that starts with a letter, such as store-001"

Network = Annotated[IPv4Network, BeforeValidator(reading.network())]
OverlayNetwork = Annotated[
    IPv4Network,
    BeforeValidator(reading.network(longest=24, why="too small for loopbacks and tunnels of every key generation")),
]
GatewayNetwork = Annotated[
    IPv4Network, BeforeValidator(reading.network(longest=24, why="and a Transit Gateway takes none longer than /24"))
]
RouterVpcNetwork = Annotated[
    IPv4Network,
    BeforeValidator(reading.network(shortest=16, longest=24, why="and the router VPC is cut into /28s of one /24")),
]
InsideNetwork = Annotated[IPv4Network, BeforeValidator(reading.inside_network)]
Address = Annotated[IPv4Address, BeforeValidator(reading.address)]
Asn = Annotated[int, BeforeValidator(reading.private_asn)]
SiteAsn = Annotated[int, BeforeValidator(reading.any_asn)]
Flag = Annotated[bool, BeforeValidator(reading.flag)]
Id = Annotated[int, BeforeValidator(reading.number(1, HIGHEST_ID, "an id"))]
Count = Annotated[int, BeforeValidator(reading.number(1, HIGHEST_ID, "a count"))]
Generation = Annotated[int, BeforeValidator(reading.number(1, HIGHEST_ID, "a key generation"))]
Vrid = Annotated[int, BeforeValidator(reading.number(1, 255, "a VRRP group"))]
Port = Annotated[int, BeforeValidator(reading.number(1024, 65528, "the first of eight UDP ports"))]
BfdMs = Annotated[int, BeforeValidator(reading.number(0, 60000, "a BFD interval in milliseconds"))]
BfdMultiplier = Annotated[int, BeforeValidator(reading.number(2, 255, "a BFD multiplier"))]
Seconds = Annotated[int, BeforeValidator(reading.number(0, 65535, "a hold time in seconds"))]
Name = Annotated[str, BeforeValidator(reading.text(r"(?=.{1,20}\Z)[a-z]([a-z0-9-]*[a-z0-9])?", NAME))]
ZoneLetter = Annotated[str, BeforeValidator(reading.text(r"[a-z]", "a zone's letter, such as a"))]
Region = Annotated[str, BeforeValidator(reading.text(r"[a-z0-9-]+", "an AWS region, such as ap-northeast-1"))]
SakuraZone = Annotated[str, BeforeValidator(reading.text(r"[a-z0-9]+", "a Sakura zone, such as tk1a"))]
SakuraId = Annotated[str, BeforeValidator(reading.text(r"[0-9]+", 'a Sakura id of digits, such as "113000000001"'))]
AmiId = Annotated[str, BeforeValidator(reading.text(r"ami-[0-9a-z]+", "an AMI id, such as ami-0123456789abcdef0"))]
VpcId = Annotated[str, BeforeValidator(reading.text(r"vpc-[0-9a-z]+", "a VPC id, such as vpc-0abc"))]
SubnetId = Annotated[str, BeforeValidator(reading.text(r"subnet-[0-9a-z]+", "a subnet id, such as subnet-0a"))]
TableId = Annotated[str, BeforeValidator(reading.text(r"rtb-[0-9a-z]+", "a route table id, such as rtb-0a"))]
AccountId = Annotated[str, BeforeValidator(reading.text(r"[0-9]{12}", 'an account id of 12 digits, "123456789012"'))]
InstanceType = Annotated[
    str, BeforeValidator(reading.text(r"[a-z0-9-]+\.[a-z0-9-]+", "an EC2 instance type, such as t4g.micro"))
]


KEYS_ARE_KNOWN = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedClosedRouters:
    """`closed_network.routers`."""

    sakura_a: Address = Field(alias="sakura-a", description="the closed-network address of sakura-a")
    sakura_b: Address = Field(alias="sakura-b", description="the closed-network address of sakura-b")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedClosedNetwork:
    """`closed_network`: the Flets switch in Sakura Cloud and the addresses on it."""

    switch_id: SakuraId = Field(description='the id of the Flets switch, such as "113000000001"')
    cidr: Network = Field(description="the prefix of the closed network at the switch")
    gateway: Address = Field(description="the address of the closed network's gateway, which leads to routed sites")
    virtual_ip: Address = Field(description="the address that the closed network's gateway sends to")
    vrid: Vrid = Field(description="a VRRP group, 1 to 255, that nobody else uses on the closed network")
    routers: StatedClosedRouters = Field(description="the addresses of sakura-a and sakura-b")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedBgpSite:
    """`sites[].bgp`."""

    asn: SiteAsn = Field(description="the site's ASN")
    address: Address = Field(description="the site's own address on the closed network")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedSite:
    """One item of `sites`."""

    id: Id = Field(description="a number that no other site has and that never changes")
    name: Name = Field(description=NAME)
    prefixes: tuple[Network, ...] = Field(description="the site's prefixes, such as [192.168.1.0/24]")
    bgp: StatedBgpSite | None = Field(default=None, description="ASN and address of a site that speaks BGP")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedInsideCidrs:
    """`aws.gateway.inside_cidrs`."""

    aws_a: InsideNetwork = Field(
        alias="aws-a", default=IPv4Network("169.254.6.0/29"), description="a /29 of 169.254.0.0/16"
    )
    aws_b: InsideNetwork = Field(
        alias="aws-b", default=IPv4Network("169.254.6.8/29"), description="a /29 of 169.254.0.0/16"
    )


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedGateway:
    """`aws.gateway`: the Transit Gateway."""

    asn: Asn = Field(description="the gateway's private ASN")
    cidr: GatewayNetwork = Field(description="the gateway's own prefix, /24 or larger, for the ends of GRE")
    route_quota: Count = Field(default=1000, description="how many routes the gateway takes from one router")
    inside_cidrs: StatedInsideCidrs = Field(
        default_factory=StatedInsideCidrs, description="the /29s for BGP between gateway and routers"
    )


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedAws:
    """`aws`: the AWS router pair and the gateway."""

    asn: Asn = Field(description="the private ASN of both AWS routers")
    account_id: AccountId | None = Field(default=None, description="the only account to deploy to, 12 digits, quoted")
    router_instance_type: InstanceType = Field(description="the EC2 instance type of the routers, such as t4g.micro")
    router_vpc_cidr: RouterVpcNetwork = Field(description="the prefix of the router VPC, /16 to /24")
    zones: tuple[ZoneLetter, ...] = Field(description="the letters of at least two zones, such as [a, c]")
    gateway: StatedGateway = Field(description="ASN and prefix of the gateway")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedServer:
    """`sakura.plan`."""

    core: Count = Field(default=1, description="the number of cores")
    memory_gib: Count = Field(default=2, description="the memory in GiB")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedSakura:
    """`sakura`: the Sakura router pair."""

    asn: Asn = Field(description="the private ASN of both Sakura routers")
    plan: StatedServer = Field(default_factory=StatedServer, description="the size of each Sakura server")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedExistingVpc:
    """`vpcs[].existing`: a VPC that somebody else made."""

    vpc_id: VpcId = Field(description="the VPC's id")
    subnet_ids: dict[str, SubnetId] = Field(description="by zone letter, the subnet to attach: {a: subnet-0a}")
    route_table_ids: tuple[TableId, ...] = Field(description="the route tables that get routes: [rtb-0a]")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedVpc:
    """One item of `vpcs`."""

    id: Id = Field(description="a number that no other VPC has and that never changes")
    name: Name = Field(description=NAME)
    cidr: Network | None = Field(default=None, description="the VPC's prefix")
    cidrs: tuple[Network, ...] | None = Field(default=None, description="the VPC's prefixes, instead of cidr")
    aggregates: tuple[Network, ...] | None = Field(default=None, description="what its tables send to the gateway")
    zones: tuple[ZoneLetter, ...] | None = Field(default=None, description="the letters of its zones, such as [a, c]")
    existing: StatedExistingVpc | None = Field(default=None, description="the ids of a VPC that is already there")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedImages:
    """`images`: what the routers boot from."""

    aws_ami: AmiId = Field(description="the AMI of the AWS routers")
    sakura_archive: SakuraId = Field(description="the archive id of the Sakura routers, quoted")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedTimers:
    """`timers`."""

    bfd_ms: BfdMs = Field(default=100, description="the BFD interval of the tunnels in milliseconds; 0 is off")
    bfd_multiplier: BfdMultiplier = Field(default=3, description="how many lost BFD packets mean down")
    tgw_hold_s: Seconds = Field(default=30, description="the BGP hold time towards the gateway in seconds")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedKeyGenerations:
    """`key_generation`."""

    sakura_a: tuple[Generation, ...] = Field(alias="sakura-a", default=(1,), description="sakura-a's key generations")
    sakura_b: tuple[Generation, ...] = Field(alias="sakura-b", default=(1,), description="sakura-b's key generations")
    aws_a: tuple[Generation, ...] = Field(alias="aws-a", default=(1,), description="aws-a's key generations")
    aws_b: tuple[Generation, ...] = Field(alias="aws-b", default=(1,), description="aws-b's key generations")

    def of(self, router: str) -> tuple[int, ...]:
        """The generations of one router."""
        generations: tuple[int, ...] = getattr(self, router.replace("-", "_"))
        return generations


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class StatedRebuilds:
    """`rebuild`."""

    sakura_a: Count = Field(alias="sakura-a", default=1, description="raised by one to rebuild sakura-a's disk")
    sakura_b: Count = Field(alias="sakura-b", default=1, description="raised by one to rebuild sakura-b's disk")


@dataclass(frozen=True, kw_only=True, config=KEYS_ARE_KNOWN)
class Intent:
    """All that an operator states of one stack; lists stay in the order of the file."""

    region: Region = Field(alias="aws:region", description="the AWS region, such as ap-northeast-1")
    sakura_zone: SakuraZone = Field(alias="sakuracloud:zone", description="the Sakura zone, such as tk1a")
    overlay_cidr: OverlayNetwork = Field(description="a prefix for loopbacks and tunnels, /24 or larger")
    wireguard_base_port: Port = Field(description="the first of eight UDP ports for WireGuard, such as 51820")
    vpc_pool: tuple[Network, ...] = Field(description="the prefixes that app teams' VPCs come from")
    closed_network: StatedClosedNetwork = Field(description="the Flets switch and the addresses on it")
    sites: tuple[StatedSite, ...] = Field(description="the sites behind the closed network, at least one")
    aws: StatedAws = Field(description="the AWS routers and the gateway")
    sakura: StatedSakura = Field(description="the Sakura routers")
    vpcs: tuple[StatedVpc, ...] = Field(description="the VPCs on the path, at least one")
    images: StatedImages = Field(description="what the routers boot from")
    aggregate: tuple[Network, ...] = Field(default=(), description="site summaries announced to the gateway")
    timers: StatedTimers = Field(default_factory=StatedTimers, description="timers of the path")
    takeover: Flag = Field(default=True, description="whether an AWS router takes over for its sibling")
    protect: Flag = Field(default=True, description="whether addresses, gateway and keys are protected from deletion")
    key_generation: StatedKeyGenerations = Field(
        default_factory=StatedKeyGenerations, description="WireGuard key generations by router"
    )
    rebuild: StatedRebuilds = Field(default_factory=StatedRebuilds, description="disk rebuild numbers by Sakura router")


def prefixes_of(vpc: StatedVpc) -> tuple[tuple[tuple[str | int, ...], IPv4Network], ...]:
    """A VPC's prefixes, however they are stated, each with its place below the VPC."""
    one = ((("cidr",), vpc.cidr),) if vpc.cidr is not None else ()
    return one + tuple((("cidrs", index), cidr) for index, cidr in enumerate(vpc.cidrs or ()))


def zones_of(vpc: StatedVpc) -> tuple[str, ...]:
    """A VPC's zone letters, sorted."""
    letters = vpc.existing.subnet_ids if vpc.existing is not None else vpc.zones or ()
    return tuple(sorted(letters))

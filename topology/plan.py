"""The complete plan of one stack: everything that is known before the first cloud resource exists.

The plan is pure data.
`render/` turns it into the files a router boots, `components/` into cloud resources.
Nothing here knows Pulumi, and nothing here is read from a cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from topology.announced import announced

ROUTERS = ("sakura-a", "sakura-b", "aws-a", "aws-b")
"""The four routers of a stack, in the packet's order from a site to a VPC."""


@dataclass(frozen=True, kw_only=True)
class Router:
    """One router: what both clouds' routers have in common."""

    name: str
    """One of `ROUTERS`; also the host name."""
    cloud: str
    """`aws` or `sakura`."""
    sibling: str
    """The other router of the same pair."""
    asn: int
    loopback: IPv4Address
    """From `overlay_cidr`, announced by BGP, the source of probes and ICMP errors."""
    key_generations: tuple[int, ...]
    """One generation, or two consecutive ones while its key is being rotated."""
    rebuild: int
    """Raised by the operator to rebuild a Sakura server's disk; 1 on AWS."""


@dataclass(frozen=True, kw_only=True)
class TunnelEnd:
    """One end of a tunnel."""

    router: str
    interface: str
    """WireGuard interface on this router, `wg-<peer>-<slot>`, at most 15 characters."""
    address: IPv4Interface
    """This end's address in the tunnel's /31 (RFC 3021)."""
    key_generation: int


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """One WireGuard link between a Sakura and an AWS router, for one generation of each end's key."""

    name: str
    """`sakura-a/aws-b`; two tunnels share a name only while a key is being rotated."""
    slot: int
    """0 or 1: the sum of both generations modulo 2, so the second link of a rotation never meets the first."""
    sakura: TunnelEnd
    aws: TunnelEnd
    port: int
    """UDP port, the same at both ends."""
    mtu_bytes: int
    pre_shared_key: str
    """Name of the pre-shared key, `sakura-a-1.aws-b-1`: both routers and both generations."""

    def end(self, router: str) -> TunnelEnd:
        """This router's end. Raises KeyError when the tunnel does not end there."""
        return {self.sakura.router: self.sakura, self.aws.router: self.aws}[router]

    def far_end(self, router: str) -> TunnelEnd:
        """The other router's end. Raises KeyError when the tunnel does not end at `router`."""
        return {self.sakura.router: self.aws, self.aws.router: self.sakura}[router]


@dataclass(frozen=True, kw_only=True)
class ConnectPeer:
    """One TGW Connect peer: GRE and two BGP sessions between the gateway and one AWS router."""

    router: str
    router_address: IPv4Address
    """GRE outer address of the router: its fixed private address."""
    gateway_address: IPv4Address
    """GRE outer address of the gateway, from the gateway's CIDR."""
    inside_cidr: IPv4Network
    """A /29 of 169.254.0.0/16: .1 is the router, .2 and .3 are the gateway."""
    inside_router: IPv4Interface
    inside_gateway: tuple[IPv4Address, IPv4Address]
    gre_mtu_bytes: int


@dataclass(frozen=True, kw_only=True)
class AwsRouterPlace:
    """Where an AWS router stands."""

    router: str
    zone: str
    """Zone letter, as stated (`a`)."""
    private_address: IPv4Address


@dataclass(frozen=True, kw_only=True)
class SakuraRouterPlace:
    """Where a Sakura router stands on the closed network."""

    router: str
    closed_address: IPv4Interface
    vrrp_priority: int


@dataclass(frozen=True, kw_only=True)
class RouterVpc:
    """The VPC that holds the AWS router pair. Both maps are by zone letter."""

    cidr: IPv4Network
    router_subnets: Mapping[str, IPv4Network]
    attachment_subnets: Mapping[str, IPv4Network]


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The Transit Gateway."""

    asn: int
    cidr: IPv4Network
    route_quota: int
    blackholes: tuple[IPv4Network, ...]
    """Static blackhole routes of each of its three tables."""


@dataclass(frozen=True, kw_only=True)
class ExistingVpc:
    """A VPC somebody else made: it is attached, and only the named tables get routes."""

    vpc_id: str
    subnet_ids: Mapping[str, str]
    route_table_ids: tuple[str, ...]


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
    subnets: Mapping[str, IPv4Network]
    """Hosts' subnets by zone letter; empty for an existing VPC."""
    attachment_subnets: Mapping[str, IPv4Network]
    """The gateway attachment's subnets by zone letter; empty for an existing VPC."""
    existing: ExistingVpc | None


@dataclass(frozen=True, kw_only=True)
class BgpSite:
    """How a site that speaks BGP is met on the closed network."""

    asn: int
    address: IPv4Address


@dataclass(frozen=True, kw_only=True)
class Site:
    """A shop or plant behind the closed network."""

    id: int
    name: str
    prefixes: tuple[IPv4Network, ...]
    bgp: BgpSite | None


@dataclass(frozen=True, kw_only=True)
class ClosedNetwork:
    """The Flets switch in Sakura Cloud and the addresses on it."""

    switch_id: str
    cidr: IPv4Network
    gateway: IPv4Address
    virtual_ip: IPv4Address
    vrid: int


@dataclass(frozen=True, kw_only=True)
class SakuraServerPlan:
    """Size of a Sakura router."""

    core: int
    memory_gib: int


@dataclass(frozen=True, kw_only=True)
class Timers:
    """Every timer of the path, each derived in `topology/timers.py`."""

    bfd_ms: int
    """Transmit and receive interval; 0 switches BFD off."""
    bfd_multiplier: int
    tunnel_keepalive_s: int
    tunnel_hold_s: int
    """BGP over tunnels and to sites: only the safety net behind BFD."""
    gateway_keepalive_s: int
    gateway_hold_s: int
    connect_retry_s: int
    vrrp_advert_ms: int


@dataclass(frozen=True, kw_only=True)
class Images:
    """What the routers boot from."""

    aws_ami: str
    sakura_archive: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that is known of a stack before it is deployed."""

    region: str
    sakura_zone: str
    account_id: str | None
    overlay_cidr: IPv4Network
    vpc_pool: tuple[IPv4Network, ...] = ()
    """Where VPCs of app teams come from; those of the plan may lie in it."""
    routers: Mapping[str, Router]
    """By name, in the order of `ROUTERS`."""
    tunnels: tuple[Tunnel, ...]
    """Sorted by name, then slot: four, or more while a key is being rotated."""
    aws_places: Mapping[str, AwsRouterPlace]
    sakura_places: Mapping[str, SakuraRouterPlace]
    connect_peers: Mapping[str, ConnectPeer]
    """By AWS router."""
    router_vpc: RouterVpc
    router_instance_type: str
    sakura_server: SakuraServerPlan
    gateway: Gateway
    closed_network: ClosedNetwork
    sites: tuple[Site, ...]
    """Sorted by id."""
    vpcs: tuple[Vpc, ...]
    """Sorted by id."""
    aggregate: tuple[IPv4Network, ...]
    """Site summaries announced to the gateway in normal running; may be empty."""
    timers: Timers
    images: Images
    takeover: bool
    protect: bool
    usable_mtu_bytes: int
    """Largest IPv4 packet that crosses the whole path unfragmented."""
    usable_mss_bytes: int
    notes: tuple[str, ...] = ()
    """What can be built but the operator should know, one sentence each."""

    def tunnels_of(self, router: str) -> tuple[Tunnel, ...]:
        """The tunnels that end at a router, sorted by interface name."""
        ends = [t for t in self.tunnels if router in (t.sakura.router, t.aws.router)]
        return tuple(sorted(ends, key=lambda t: t.end(router).interface))

    @property
    def site_prefixes(self) -> tuple[IPv4Network, ...]:
        """Every site's prefixes, sorted."""
        return tuple(sorted(p for site in self.sites for p in site.prefixes))

    @property
    def announced_prefixes(self) -> tuple[IPv4Network, ...]:
        """What the gateway is told of the sites in normal running: a summary replaces what it contains; sorted."""
        return announced(self.site_prefixes, self.aggregate)

    @property
    def vpc_prefixes(self) -> tuple[IPv4Network, ...]:
        """Every VPC's prefixes, sorted."""
        return tuple(sorted(p for vpc in self.vpcs for p in vpc.cidrs))

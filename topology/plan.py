"""The complete plan of one stack: everything that is known before the first cloud resource exists.

The plan is pure data.
`render/` turns it into the files a router boots, `components/` into cloud resources.
Nothing here knows Pulumi, and nothing here is read from a cloud.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from topology.announced import announced, pools_with_room, room_for_vpcs
from topology.links import ConnectPeer, Tunnel, TunnelPort
from topology.vpcs import RouterVpc, Vpc

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
    disk: str
    """`<archive id>/<rebuild number>`: what the server's disk is made of, and how often it was made anew."""


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The Transit Gateway."""

    asn: int
    cidr: IPv4Network
    route_quota: int
    blackholes: tuple[IPv4Network, ...]
    """Static blackhole routes of each of its three tables."""


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

    def tunnel_ports(self, cloud: str) -> tuple[TunnelPort, ...]:
        """What the firewalls of one cloud's routers have to let through, in the order of `tunnels`."""
        ends = [(t, end) for t in self.tunnels for end in (t.sakura.router, t.aws.router)]
        return tuple(t.port_at(end) for t, end in ends if self.routers[end].cloud == cloud)

    @property
    def private_addresses(self) -> Mapping[str, IPv4Address]:
        """Each router's own: in AWS that of its network interface, in Sakura Cloud that on the closed network."""
        closed = {router: place.closed_address.ip for router, place in self.sakura_places.items()}
        return {**closed, **{router: place.private_address for router, place in self.aws_places.items()}}

    @property
    def site_prefixes(self) -> tuple[IPv4Network, ...]:
        """Every site's prefixes, sorted."""
        return tuple(sorted(p for site in self.sites for p in site.prefixes))

    @property
    def routed_sites(self) -> tuple[Site, ...]:
        """Those that speak no BGP, in the order of `sites`: the Sakura routers announce them."""
        return tuple(site for site in self.sites if site.bgp is None)

    @property
    def announced_prefixes(self) -> tuple[IPv4Network, ...]:
        """What the gateway is told of the sites in normal running: a summary replaces what it contains; sorted."""
        return announced(self.site_prefixes, self.aggregate)

    @property
    def not_for_vpcs(self) -> tuple[IPv4Network, ...]:
        """What no app team's VPC may be part of: the stack's own, sites, named VPCs wider than the pool; sorted."""
        own = (self.overlay_cidr, self.closed_network.cidr, self.router_vpc.cidr, self.gateway.cidr)
        wide = (p for p in self.vpc_prefixes if not any(p.subnet_of(part) for part in self.vpc_pool))
        return tuple(sorted((*own, *self.site_prefixes, *wide)))

    @property
    def vpc_pools(self) -> tuple[IPv4Network, ...]:
        """The pool as filters name it, with what is not for VPCs still in it; sorted."""
        return pools_with_room(self.vpc_pool, self.not_for_vpcs, self.gateway.blackholes)

    @property
    def vpc_room(self) -> tuple[IPv4Network, ...]:
        """Where app teams' VPCs may lie, whatever their number: the pools without what is not for VPCs; sorted."""
        return room_for_vpcs(self.vpc_pools, self.not_for_vpcs)

    @property
    def vpc_ranges(self) -> tuple[IPv4Network, ...]:
        """Everything that may lie behind the gateway: the room, and the named VPCs outside it; sorted."""
        room = self.vpc_room
        outside = (p for p in self.vpc_prefixes if not any(p.subnet_of(part) for part in room))
        return tuple(sorted((*room, *outside)))

    @property
    def vpc_prefixes(self) -> tuple[IPv4Network, ...]:
        """Every VPC's prefixes, sorted."""
        return tuple(sorted(p for vpc in self.vpcs for p in vpc.cidrs))

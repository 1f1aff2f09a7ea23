"""What joins routers to one another and to the gateway: tunnels and Connect peers."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from topology.packet_size import GRE_MTU


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

    def port_at(self, router: str) -> TunnelPort:
        """What this router's firewall knows of it. Raises KeyError when the tunnel does not end there."""
        end, far = self.end(router), self.far_end(router)
        return TunnelPort(name=end.interface, router=router, peer=far.router, port=self.port)

    def far_end(self, router: str) -> TunnelEnd:
        """The other router's end. Raises KeyError when the tunnel does not end at `router`."""
        return {self.sakura.router: self.aws, self.aws.router: self.sakura}[router]


@dataclass(frozen=True, kw_only=True)
class TunnelPort:
    """One WireGuard tunnel as the firewall in front of one of its ends sees it."""

    name: str
    """Tells the tunnel from the router's others and never changes: `wg-sakura-a-0`."""
    router: str
    """The router behind the firewall."""
    peer: str
    """The far router."""
    port: int
    """UDP port, the same at both ends."""


@dataclass(frozen=True, kw_only=True)
class ConnectPeer:
    """One TGW Connect peer: GRE and two BGP sessions between the gateway and one AWS router."""

    router: str
    router_address: IPv4Address
    """GRE outer address of the router: its fixed private address."""
    gateway_address: IPv4Address
    """GRE outer address of the gateway, from the gateway's CIDR."""
    inside_cidr: IPv4Network
    """A /29 of 169.254.0.0/16: .1 is the router, .2 and .3 are the gateway (CreateTransitGatewayConnectPeer)."""
    gre_mtu_bytes: int = GRE_MTU

    @property
    def inside_router(self) -> IPv4Interface:
        """The router's end of both BGP sessions."""
        return IPv4Interface((self.inside_cidr[1], self.inside_cidr.prefixlen))

    @property
    def inside_gateway(self) -> tuple[IPv4Address, IPv4Address]:
        """The gateway's ends, one for each session."""
        return self.inside_cidr[2], self.inside_cidr[3]

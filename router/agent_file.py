"""`agent.json`: what the bundle tells the agent about its router."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from router.errors import BundleError

PATH = "/etc/flets-to-vpc/agent.json"
SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class WireGuardInterface:
    """One tunnel end and the names of its keys under the router's parameter path."""

    interface: str
    private_key: str
    peer_public_key: str
    pre_shared_key: str


@dataclass(frozen=True, kw_only=True)
class GatewayLeg:
    """An AWS router's leg to the gateway."""

    device: str
    private_address: str
    """Where a probe through the gateway comes back to."""
    neighbors: tuple[str, ...]
    hold_s: int
    announced: tuple[IPv4Network, ...]
    """What a takeover announces the halves of."""

    @property
    def halves(self) -> tuple[tuple[IPv4Network, IPv4Network], ...]:
        """Each half with its whole; a host prefix has none."""
        return tuple(
            (half, whole)
            for whole in self.announced
            if whole.prefixlen < 32
            for half in whole.subnets(prefixlen_diff=1)
        )


@dataclass(frozen=True, kw_only=True)
class ClosedNetwork:
    """A Sakura router's place on the closed network, and who must be heard there."""

    device: str
    address: str
    gateway: str
    sibling: str
    announced: tuple[str, ...]
    """Prefixes of the routed sites: what this router itself originates."""


@dataclass(frozen=True, kw_only=True)
class AgentFile:
    """The agent's settings, read from the bundle."""

    router: str
    cloud: str
    sibling: str
    asn: int
    loopback: str
    wireguard: tuple[WireGuardInterface, ...]
    bgp_neighbors: tuple[str, ...]
    site_neighbors: tuple[str, ...]
    """Those of `bgp_neighbors` that are sites: one that is away makes no router unready."""
    bfd_peers: tuple[str, ...]
    bfd_interval_ms: int
    bfd_multiplier: int
    sibling_bfd: str | None
    """The sibling's address in the BFD session that means "ready"; none on Sakura."""
    site_prefixes: tuple[str, ...]
    vpc_prefixes: tuple[str, ...]
    takeover: bool
    gateway: GatewayLeg | None
    """None on Sakura."""
    closed_network: ClosedNetwork | None
    """None on AWS."""
    virtual_ip: str | None

    @property
    def tunnel_neighbors(self) -> tuple[str, ...]:
        """The BGP neighbors at the far ends of the tunnels."""
        return tuple(neighbor for neighbor in self.bgp_neighbors if neighbor not in self.near_neighbors)

    @property
    def near_neighbors(self) -> tuple[str, ...]:
        """The BGP neighbors on the inner side: the gateway's two ends, or the sites."""
        return self.gateway.neighbors if self.gateway else self.site_neighbors

    @property
    def key_names(self) -> tuple[str, ...]:
        """Every key this router needs, sorted."""
        return tuple(sorted({name for w in self.wireguard for name in (w.private_key, w.pre_shared_key)}))

    @property
    def prefixes(self) -> tuple[str, ...]:
        """Every prefix this router must reach, sites first."""
        return self.site_prefixes + self.vpc_prefixes


def parse(text: str) -> AgentFile:
    """Reads `agent.json`. Raises BundleError for a missing key or another schema."""
    try:
        stated = json.loads(text)
        if stated["schema"] != SCHEMA:
            raise BundleError(f"{PATH}: schema {stated['schema']!r}, this agent reads {SCHEMA}; update the image")
        return _agent_file(stated)
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"{PATH}: {type(error).__name__} {error}; the bundle must be rendered anew") from error


def _agent_file(stated: Mapping[str, object]) -> AgentFile:
    bfd, prefixes = _mapping(stated["bfd"]), _mapping(stated["prefixes"])
    return AgentFile(
        router=_text(stated["router"]),
        cloud=_text(stated["cloud"]),
        sibling=_text(stated["sibling"]),
        asn=_number(stated["asn"]),
        loopback=_text(stated["loopback"]),
        wireguard=tuple(_interface(_mapping(item)) for item in _items(stated["wireguard"])),
        bgp_neighbors=_texts(stated["bgp_neighbors"]),
        site_neighbors=_texts(stated["site_neighbors"]),
        bfd_peers=_texts(stated["bfd_peers"]),
        bfd_interval_ms=_number(bfd["interval_ms"]),
        bfd_multiplier=_number(bfd["multiplier"]),
        sibling_bfd=_text_or_none(stated["sibling_bfd"]),
        site_prefixes=_texts(prefixes["sites"]),
        vpc_prefixes=_texts(prefixes["vpcs"]),
        takeover=bool(stated["takeover"]),
        gateway=None if stated["gateway"] is None else _gateway(_mapping(stated["gateway"])),
        closed_network=None if stated["closed_network"] is None else _closed(_mapping(stated["closed_network"])),
        virtual_ip=_text_or_none(stated["virtual_ip"]),
    )


def _interface(stated: Mapping[str, object]) -> WireGuardInterface:
    return WireGuardInterface(
        interface=_text(stated["interface"]),
        private_key=_text(stated["private_key"]),
        peer_public_key=_text(stated["peer_public_key"]),
        pre_shared_key=_text(stated["pre_shared_key"]),
    )


def _gateway(stated: Mapping[str, object]) -> GatewayLeg:
    return GatewayLeg(
        device=_text(stated["device"]),
        private_address=_text(stated["private_address"]),
        neighbors=_texts(stated["neighbors"]),
        hold_s=_number(stated["hold_s"]),
        announced=tuple(IPv4Network(prefix) for prefix in _texts(stated["announced"])),
    )


def _closed(stated: Mapping[str, object]) -> ClosedNetwork:
    return ClosedNetwork(
        device=_text(stated["device"]),
        address=_text(stated["address"]),
        gateway=_text(stated["gateway"]),
        sibling=_text(stated["sibling"]),
        announced=_texts(stated["announced"]),
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is not an object")
    return value


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in _items(value))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value

"""The outside world: what no cloud holds, and what the owner already has.

The only reader of the stack file in the lab besides the program itself.
It reads exactly: aws:region, sakuracloud:zone, sites, closed_network, sakura.asn, images, and of each VPC with
`existing` its id, name, cidrs and existing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, TypeVar, cast

from lab import owner
from lab.clouds.store import Store
from lab.engine.stack_file import PROJECT, StackFile
from lab.owner import ExistingVpc

_WIDEST_ID = 12
"""Digits, so that ids sort as numbers, also where one is none and is told as a problem."""

_Part = TypeVar("_Part")


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
    """The Flets closed network as it arrives on the Sakura switch."""

    switch_id: str
    cidr: IPv4Network
    gateway: IPv4Address
    virtual_ip: IPv4Address
    vrid: int
    routers: dict[str, IPv4Address]
    """Addresses the owner gave to the Sakura routers, by name."""


@dataclass(frozen=True, kw_only=True)
class Images:
    """What the routers boot from, already built."""

    aws_ami: str
    sakura_archive: str


@dataclass(frozen=True, kw_only=True)
class World:
    """All of the outside world."""

    region: str
    sakura_zone: str
    sites: tuple[Site, ...]
    """Sorted by id."""
    closed_network: ClosedNetwork
    sakura_asn: int
    images: Images
    existing_vpcs: tuple[ExistingVpc, ...]
    """Sorted by id."""
    stand_ins: tuple[str, ...] = ()
    """Values that only the owner knows and the lab made up, one line each."""

    @classmethod
    def load_stack(cls, path: Path) -> World:
        """Reads a stack file. Raises ValueError with one line for each part that is missing or malformed."""
        stack = StackFile.load(path)
        problems = _Problems(path)
        found = _world(stack, problems)
        if problems:
            raise ValueError("\n".join(problems))
        return found

    @classmethod
    def load(cls, path: Path) -> World:
        """Reads `world.json`, which has the stack file's keys (and JSON is YAML), so a stack file does as well."""
        return cls.load_stack(path)

    def json(self) -> str:
        """What was read, in the keys of a stack file."""
        path = {
            "sites": [_site_json(site) for site in self.sites],
            "closed_network": _closed_network_json(self.closed_network),
            "sakura": {"asn": self.sakura_asn},
            "images": vars(self.images),
            "vpcs": [_vpc_json(vpc) for vpc in self.existing_vpcs],
        }
        config = {"aws:region": self.region, "sakuracloud:zone": self.sakura_zone, f"{PROJECT}:path": path}
        return json.dumps({"config": config}, indent=1) + "\n"

    def seed(self, store: Store) -> None:
        """Makes in the emulated clouds what the owner already has."""
        owner.seed_switch(store, self.sakura_zone, self.closed_network.switch_id)
        owner.seed_images(store, self.sakura_zone, self.images.aws_ami, self.images.sakura_archive)
        for vpc in self.existing_vpcs:
            owner.seed_vpc(store, self.region, vpc)


class _Problems(list[str]):
    """What is wrong with a file, while as much of it as possible is read."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def part(self, place: str, read: Callable[[], _Part]) -> _Part:
        """What `read` returns; nothing that may be used when it fails, and a line in the list."""
        try:
            return read()
        except KeyError as error:
            self.append(f"{self.path}: {place}: the key {error} is missing")
        except (TypeError, AttributeError, ValueError) as error:
            self.append(f"{self.path}: {place}: {error}")
        return cast(_Part, None)

    def parts(self, place: str, entries: Any, read: Callable[[dict[str, Any]], _Part]) -> list[_Part]:
        """One of each entry of a list, those that are good."""
        listed = entries if isinstance(entries, list) else []
        if listed is not entries:
            self.append(f"{self.path}: {place}: must be a list")
        found = [self.part(f"{place}[{n}]", partial(read, entry)) for n, entry in enumerate(listed)]
        return [part for part in found if part is not None]


def _world(stack: StackFile, problems: _Problems) -> World:
    """What could be read; not to be used when there are problems."""
    path = stack.config.get(f"{PROJECT}:path")
    if not isinstance(path, dict):
        problems.append(f"{problems.path}: config: has no `{PROJECT}:path` map")
        path = {}
    sites = problems.parts("sites", path.get("sites"), _site)
    existing = [v for v in path.get("vpcs") or () if not isinstance(v, dict) or v.get("existing")]
    vpcs = problems.parts("vpcs", existing, _vpc)
    for key in ("id", "name"):
        times = Counter(getattr(site, key) for site in sites)
        problems += [f"{problems.path}: sites: {n} of them have the {key} {v!r}" for v, n in times.items() if n > 1]
    return World(
        region=problems.part("config", lambda: stack.config["aws:region"]),
        sakura_zone=problems.part("config", lambda: stack.config["sakuracloud:zone"]),
        sites=tuple(sorted(sites, key=lambda site: str(site.id).zfill(_WIDEST_ID))),
        closed_network=problems.part("closed_network", lambda: _closed_network(path["closed_network"])),
        sakura_asn=problems.part("sakura", lambda: int(path["sakura"]["asn"])),
        images=problems.part("images", lambda: Images(**{k: path["images"][k] for k in ("aws_ami", "sakura_archive")})),
        existing_vpcs=tuple(sorted(vpcs, key=lambda vpc: str(vpc.id).zfill(_WIDEST_ID))),
        stand_ins=stack.stand_ins,
    )


def _network(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no IPv4 network ({error}); state one such as 192.168.1.0/24") from None


def _site(entry: dict[str, Any]) -> Site:
    bgp = entry.get("bgp")
    return Site(
        id=int(entry["id"]),
        name=str(entry["name"]),
        prefixes=tuple(_network(prefix) for prefix in entry["prefixes"]),
        bgp=BgpSite(asn=int(bgp["asn"]), address=IPv4Address(bgp["address"])) if bgp else None,
    )


def _closed_network(entry: dict[str, Any]) -> ClosedNetwork:
    return ClosedNetwork(
        switch_id=entry["switch_id"],
        cidr=_network(entry["cidr"]),
        gateway=IPv4Address(entry["gateway"]),
        virtual_ip=IPv4Address(entry["virtual_ip"]),
        vrid=entry["vrid"],
        routers={name: IPv4Address(address) for name, address in entry["routers"].items()},
    )


def _vpc(entry: dict[str, Any]) -> ExistingVpc:
    existing = entry["existing"]
    cidrs = entry["cidrs"] if "cidrs" in entry else [entry["cidr"]]
    return ExistingVpc(
        id=entry["id"],
        name=entry["name"],
        cidrs=tuple(_network(cidr) for cidr in cidrs),
        vpc_id=existing["vpc_id"],
        subnet_ids=dict(existing["subnet_ids"]),
        route_table_ids=tuple(existing["route_table_ids"]),
    )


def _site_json(site: Site) -> dict[str, Any]:
    bgp = {"bgp": {"asn": site.bgp.asn, "address": str(site.bgp.address)}} if site.bgp else {}
    return {"id": site.id, "name": site.name, "prefixes": [str(prefix) for prefix in site.prefixes], **bgp}


def _closed_network_json(closed: ClosedNetwork) -> dict[str, Any]:
    return {
        "switch_id": closed.switch_id,
        "cidr": str(closed.cidr),
        "gateway": str(closed.gateway),
        "virtual_ip": str(closed.virtual_ip),
        "vrid": closed.vrid,
        "routers": {name: str(address) for name, address in closed.routers.items()},
    }


def _vpc_json(vpc: ExistingVpc) -> dict[str, Any]:
    existing = {
        "vpc_id": vpc.vpc_id,
        "subnet_ids": vpc.subnet_ids,
        "route_table_ids": list(vpc.route_table_ids),
    }
    return {"id": vpc.id, "name": vpc.name, "cidrs": [str(cidr) for cidr in vpc.cidrs], "existing": existing}

"""What the fabric should look like: pure data, made from the clouds' state and compared before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

NEXT_HOP = "169.254.0.1"
"""Stands for the far end of every link inside the fabric: links are unnumbered, and ARP never has to answer for it."""
SINK_DEVICE = "no-route"
"""Where a router of the fabric sends what no route wants, so that it can be counted."""
BLACKHOLE_DEVICE = "black-hole"
"""Where blackhole routes lead, for the same reason."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One kernel route; destination and table identify it."""

    destination: str
    device: str
    via: str | None = None
    table: int | str = "main"

    @property
    def key(self) -> tuple[str, str]:
        """What the kernel tells routes apart by."""
        return self.destination, str(self.table)

    @property
    def text(self) -> str:
        """As `ip route` takes it."""
        via = f"via {self.via} " if self.via else ""
        onlink = " onlink" if self.via else ""
        return f"{self.destination} {via}dev {self.device}{onlink} table {self.table}"


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address on a device."""

    device: str
    address: str
    """With its prefix length."""

    @property
    def text(self) -> str:
        """As `ip address` takes it."""
        return f"{self.address} dev {self.device}"


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A neighbour that is known without ARP."""

    device: str
    address: str
    mac: str

    @property
    def text(self) -> str:
        """As `ip neighbour` takes it."""
        return f"{self.address} lladdr {self.mac} dev {self.device} nud permanent"


@dataclass(frozen=True, kw_only=True)
class End:
    """One end of a link."""

    netns: str
    device: str
    mac: str
    mtu_bytes: int
    bridge: str | None = None
    """The bridge it is a port of."""
    is_up: bool = True
    """False for a NIC that is down, as a real one is, until the system of its machine brings it up."""


@dataclass(frozen=True, kw_only=True)
class Link:
    """A pair of connected devices."""

    near: End
    far: End

    @property
    def key(self) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
        """What cannot be changed without making the link anew."""
        return (self.near.netns, self.near.device, self.near.mac), (self.far.netns, self.far.device, self.far.mac)

    @property
    def ends(self) -> tuple[End, End]:
        """Both ends."""
        return self.near, self.far


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device without a far end: a bridge, a sink, a kernel tunnel."""

    netns: str
    name: str
    kind: str
    """As `ip link add ... type` takes it."""
    mtu_bytes: int = 1500


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """A network namespace of the fabric and what is set in it."""

    name: str
    is_router: bool = False
    answers_arp_for_others: bool = False
    addresses: tuple[Address, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[str, ...] = ()
    """As `ip rule add` takes them."""
    keeps_default_rules: bool = True
    """False where even the namespace's own addresses are reached only by a rule."""
    ruleset: str = ""
    """nftables, replaced as a whole."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process that belongs to the fabric."""

    name: str
    netns: str
    argv: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    """Absolute path to content, written before the start."""
    owner: str = "root"
    """Who owns the files and their folder."""
    check_argv: tuple[str, ...] = ()
    """Says whether the files are good, before they are used."""
    reload_argv: tuple[str, ...] | None = None
    """Makes a running process take changed files; without it the process starts anew."""
    ready_path: str | None = None
    """Exists once those who need the program may start."""
    is_real_time: bool = False


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """The whole fabric, or one part of it."""

    namespaces: tuple[Namespace, ...] = ()
    links: tuple[Link, ...] = ()
    devices: tuple[Device, ...] = ()
    programs: tuple[Program, ...] = ()

    def without(self, netns: str) -> Blueprint:
        """The same without one namespace, its links, and what other namespaces know of their far ends."""
        gone = {link.key for link in self.links if netns in {end.netns for end in link.ends}}
        ends = {(end.netns, end.device) for link in self.links if link.key in gone for end in link.ends}
        return replace(
            self,
            namespaces=tuple(_without_devices(space, ends) for space in self.namespaces if space.name != netns),
            links=tuple(link for link in self.links if link.key not in gone),
            devices=tuple(device for device in self.devices if device.netns != netns),
        )

    @classmethod
    def join(cls, parts: Iterable[Blueprint]) -> Blueprint:
        """One blueprint of many; parts may add to the same namespace, but only one may state its rule set."""
        namespaces: dict[str, Namespace] = {}
        all_parts = tuple(parts)
        for part in all_parts:
            for space in part.namespaces:
                known = namespaces.get(space.name)
                namespaces[space.name] = _merged(known, space) if known else space
        return cls(
            namespaces=tuple(namespaces.values()),
            links=tuple(link for part in all_parts for link in part.links),
            devices=tuple(device for part in all_parts for device in part.devices),
            programs=tuple(program for part in all_parts for program in part.programs),
        )


def _without_devices(space: Namespace, gone: set[tuple[str, str]]) -> Namespace:
    return replace(
        space,
        addresses=tuple(address for address in space.addresses if (space.name, address.device) not in gone),
        neighbours=tuple(neighbour for neighbour in space.neighbours if (space.name, neighbour.device) not in gone),
        routes=tuple(route for route in space.routes if (space.name, route.device) not in gone),
    )


def _merged(one: Namespace, other: Namespace) -> Namespace:
    if one.ruleset and other.ruleset:
        raise ValueError(f"namespace {one.name}: two parts of the fabric state a rule set")
    return replace(
        one,
        is_router=one.is_router or other.is_router,
        answers_arp_for_others=one.answers_arp_for_others or other.answers_arp_for_others,
        addresses=one.addresses + other.addresses,
        neighbours=one.neighbours + other.neighbours,
        routes=one.routes + other.routes,
        rules=one.rules + other.rules,
        keeps_default_rules=one.keeps_default_rules and other.keeps_default_rules,
        ruleset=one.ruleset or other.ruleset,
    )


def unnumbered(link: Link) -> tuple[tuple[str, Neighbour], tuple[str, Neighbour]]:
    """Per end its namespace, and the far end known as `NEXT_HOP`."""
    near, far = link.near, link.far
    return (
        (near.netns, Neighbour(device=near.device, address=NEXT_HOP, mac=far.mac)),
        (far.netns, Neighbour(device=far.device, address=NEXT_HOP, mac=near.mac)),
    )


def link_part(link: Link) -> Blueprint:
    """The link, and both ends as each other's next hop."""
    spaces = tuple(Namespace(name=netns, neighbours=(neighbour,)) for netns, neighbour in unnumbered(link))
    return Blueprint(namespaces=spaces, links=(link,))


def sink_part(netns: str, name: str, *tables: int | str) -> Blueprint:
    """A device that swallows, and in each named table the default route to it."""
    neighbour = Neighbour(device=name, address=NEXT_HOP, mac="02:00:00:00:00:01")
    routes = tuple(Route(destination="default", device=name, via=NEXT_HOP, table=table) for table in tables)
    space = Namespace(name=netns, neighbours=(neighbour,), routes=routes)
    return Blueprint(namespaces=(space,), devices=(Device(netns=netns, name=name, kind="bridge", mtu_bytes=9001),))

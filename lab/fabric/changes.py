"""What has to be done so that one blueprint becomes another: pure, so that a re-sync touches only what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lab.fabric.blueprint import Blueprint, Device, End, Link, Namespace, Program


@dataclass(frozen=True, kw_only=True)
class NamespaceChange:
    """What changes inside one namespace."""

    name: str
    removals: tuple[str, ...] = ()
    """`ip -batch` lines, in order."""
    additions: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """`sysctl` assignments for new devices."""
    ruleset: str | None = None
    """None: as it is."""

    def __bool__(self) -> bool:
        return bool(self.removals or self.additions or self.ruleset is not None)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All that changes, in the order in which it has to happen."""

    stop: tuple[Program, ...]
    remove_devices: tuple[tuple[str, str], ...]
    """Namespace and name; of a link one end, for the other goes with it."""
    remove_namespaces: tuple[str, ...]
    new_namespaces: tuple[Namespace, ...]
    create: tuple[str, ...]
    """`ip -batch` lines: devices and links."""
    inside: tuple[NamespaceChange, ...]
    reload: tuple[Program, ...]
    start: tuple[Program, ...]


def changes(old: Blueprint, new: Blueprint) -> Changes:
    """The way from one blueprint to the other."""
    before = {space.name: space for space in old.namespaces}
    after = {space.name: space for space in new.namespaces}
    kept_links = {link.key for link in old.links} & {link.key for link in new.links}
    kept_devices = {_identity(device) for device in old.devices} & {_identity(device) for device in new.devices}
    lost_links = [link for link in old.links if link.key not in kept_links]
    lost_devices = [(device.netns, device.name) for device in old.devices if _identity(device) not in kept_devices]
    lost = {*lost_devices, *((end.netns, end.device) for link in lost_links for end in link.ends)}
    made_links = [link for link in new.links if link.key not in kept_links]
    made_devices = [device for device in new.devices if _identity(device) not in kept_devices]
    stop, reload, start = _programs(old, new)
    ups = _ups(made_links, made_devices)
    return Changes(
        stop=stop,
        remove_devices=(*lost_devices, *((link.near.netns, link.near.device) for link in lost_links)),
        remove_namespaces=tuple(sorted(before.keys() - after.keys())),
        new_namespaces=tuple(space for name, space in after.items() if name not in before),
        create=(*map(_device_line, made_devices), *map(_link_line, made_links)),
        inside=tuple(
            change
            for name, space in after.items()
            if (change := _inside(before.get(name), space, lost, [*ups.get(name, ()), *_mtus(old, new, name)]))
        ),
        reload=reload,
        start=start,
    )


def _identity(device: Device) -> Device:
    return replace(device, mtu_bytes=0)


def _device_line(device: Device) -> str:
    return f"link add {device.name} netns {device.netns} mtu {device.mtu_bytes} type {device.kind}"


def _link_line(link: Link) -> str:
    near, far = link.near, link.far
    return (
        f"link add {near.device} netns {near.netns} address {near.mac} mtu {near.mtu_bytes} type veth "
        f"peer name {far.device} netns {far.netns} address {far.mac} mtu {far.mtu_bytes}"
    )


def _ups(links: Iterable[Link], devices: Iterable[Device]) -> dict[str, list[str]]:
    """Per namespace the lines that bring new devices up."""
    lines: dict[str, list[str]] = {}
    for device in devices:
        lines.setdefault(device.netns, []).append(f"link set {device.name} up")
    for link in links:
        for end in link.ends:
            master = f" master {end.bridge}" if end.bridge else ""
            state = "up" if end.is_up else "down"
            lines.setdefault(end.netns, []).append(f"link set {end.device}{master} {state}")
    return lines


def _mtus(old: Blueprint, new: Blueprint, netns: str) -> list[str]:
    """Lines for devices that stay and get another MTU."""
    before = {(end.netns, end.device): end for link in old.links for end in link.ends}
    after: list[End] = [end for link in new.links for end in link.ends if end.netns == netns]
    changed = [end for end in after if before.get((netns, end.device), end).mtu_bytes != end.mtu_bytes]
    return [f"link set {end.device} mtu {end.mtu_bytes}" for end in changed]


def _inside(old: Namespace | None, new: Namespace, lost: set[tuple[str, str]], ups: list[str]) -> NamespaceChange:
    is_new = old is None
    was = old or Namespace(name=new.name)
    gone = {device for netns, device in lost if netns == new.name}
    old_addresses = {a for a in was.addresses if a.device not in gone}
    old_neighbours = {n for n in was.neighbours if n.device not in gone}
    old_routes = {r for r in was.routes if r.device not in gone}
    # A device that loses an address loses routes with it, and neighbours with its last: they are then stated again.
    shaken = {address.device for address in old_addresses - set(new.addresses)}
    standing_routes = {route for route in old_routes if route.device not in shaken}
    standing_neighbours = {neighbour for neighbour in old_neighbours if neighbour.device not in shaken}
    new_keys = {route.key for route in new.routes}
    removals = (
        *(f"rule delete {rule}" for rule in was.rules if rule not in new.rules),
        *(f"route delete {r.text}" for r in was.routes if r in old_routes and r.key not in new_keys),
        *(f"neigh delete {n.text}" for n in was.neighbours if n in old_neighbours and n not in new.neighbours),
        *(f"address delete {a.text}" for a in was.addresses if a in old_addresses and a not in new.addresses),
    )
    additions = (
        *(("link set lo up",) if is_new else ()),
        *ups,
        *(f"address replace {a.text}" for a in new.addresses if a not in old_addresses),
        *(f"neigh replace {n.text}" for n in new.neighbours if n not in standing_neighbours),
        *(f"route replace {r.text}" for r in new.routes if r not in standing_routes),
        *(f"rule add {rule}" for rule in new.rules if rule not in was.rules),
    )
    return NamespaceChange(
        name=new.name,
        removals=removals,
        additions=additions,
        settings=_settings(ups) if new.answers_arp_for_others else (),
        ruleset=new.ruleset if new.ruleset != was.ruleset else None,
    )


def _settings(ups: Iterable[str]) -> tuple[str, ...]:
    """No delay before an answer for others; the kernel has no default of this per namespace."""
    devices = [line.split()[2] for line in ups if line.endswith(" up")]
    return tuple(f"net.ipv4.neigh.{device}.proxy_delay=0" for device in devices)


def _programs(old: Blueprint, new: Blueprint) -> tuple[tuple[Program, ...], ...]:
    """Programs to stop, to reload and to start."""
    before = {program.name: program for program in old.programs}
    after = {program.name: program for program in new.programs}
    reload = tuple(p for p in new.programs if p.name in before and _can_reload(before[p.name], p))
    kept = {p.name for p in reload} | {p.name for p in new.programs if before.get(p.name) == p}
    stop = tuple(p for p in old.programs if p.name not in kept)
    return stop, reload, tuple(p for p in after.values() if p.name not in kept)


def _can_reload(old: Program, new: Program) -> bool:
    return old != new and new.reload_argv is not None and replace(old, files=new.files) == new

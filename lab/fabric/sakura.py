"""Sakura Cloud as the fabric builds it: servers on the shared segment and on switches, with their packet filters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

from lab.clouds.store import Resource
from lab.clouds.view import Clouds
from lab.fabric import names
from lab.fabric.inventory import Finding, Nic, Node, StartupNote

DISK = "sakuracloud:index/disk:Disk"
SHARED = "shared"
SHARED_NETNS = "shared"
SWITCH_NETNS = "switch"
NIC_NAMES = ("internet", "closed")
"""By order of a server's network interfaces; the image names them so."""
MTU_BYTES = 1500
_ROUTER_IN_NOTE = re.compile(r'"router"\s*:\s*"([^"]+)"')
_CHANGED_WHILE_DOWN = ("core", "memory", "interfaceDriver", "diskEditParameter")
_PORTS_OF = {"http": "80", "https": "443"}


@dataclass(frozen=True, kw_only=True)
class FilterRule:
    """One expression of a packet filter as nftables says it."""

    match: str
    is_allowed: bool


@dataclass(frozen=True, kw_only=True)
class ServerNic:
    """A NIC of a server and where it is plugged in."""

    nic: Nic
    upstream: str
    """`shared`, `disconnect` or a switch id."""
    filter_id: str
    rules: tuple[FilterRule, ...]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server, as a node and as what hangs on its NICs."""

    node: Node
    nics: tuple[ServerNic, ...]
    segment: IPv4Network | None
    """Of the shared segment, when it has a NIC there."""


def servers(clouds: Clouds) -> tuple[Server, ...]:
    """Every server that the stack made, sorted by id: the owner's own boot no image of ours."""
    resources = [server for server in clouds.of("sakuracloud:index/server:Server") if server.urn]
    notes = {server.id: _notes_on_disk(server, clouds) for server in resources}
    labels = names.distinct({server.id: _router(server, notes[server.id]) for server in resources})
    filters = {
        r.id: r.outputs.get("expressions") or [] for r in clouds.of("sakuracloud:index/packetFilter:PacketFilter")
    }
    return tuple(_server(server, labels[server.id], notes[server.id], filters) for server in resources)


def _notes_on_disk(server: Resource, clouds: Clouds) -> dict[str, Any]:
    """Each startup note as it was when the server's disk was last edited: a note changed since is not on it."""
    versions = server.outputs.get("__notesOnDisk") or {}
    found = {}
    for note in clouds.of("sakuracloud:index/note:Note"):
        earlier = note.outputs.get("__earlierContents") or {}
        found[note.id] = earlier.get(str(versions.get(note.id)), note.outputs.get("content", ""))
    return found


def _server(
    server: Resource, name: str, notes: Mapping[str, Any], filters: Mapping[str, list[dict[str, Any]]]
) -> Server:
    cards = server.outputs.get("networkInterfaces") or []
    nics = tuple(_nic(server, name, position, card, filters) for position, card in enumerate(cards))
    edit = server.outputs.get("diskEditParameter") or {}
    node = Node(
        name=name,
        cloud="sakura",
        netns=name,
        resource_id=server.id,
        instance_id=server.id,
        disk_id=" ".join(map(str, server.outputs.get("disks") or [])),
        shape=_shape(server),
        region="",
        zone=str(server.outputs.get("zone") or ""),
        nics=tuple(nic.nic for nic in nics),
        tags=dict(str(tag).partition("=")[::2] for tag in server.outputs.get("tags") or []),
        startup_notes=tuple(_note(entry, notes) for entry in _note_entries(edit)),
        host_name=str(edit.get("hostname") or ""),
    )
    shared = next((nic.nic.address for nic in nics if nic.nic.address), None)
    return Server(node=node, nics=nics, segment=shared.network if shared else None)


def other_archives(clouds: Clouds, found: Iterable[Server], archive_id: str) -> tuple[Finding, ...]:
    """Disks that are a copy of another archive than the routers': the lab boots its own image whatever they are."""
    disks = {disk.id: str(disk.outputs.get("sourceArchiveId") or "") for disk in clouds.of(DISK)}
    return tuple(
        Finding(hop=server.node.name, resource=id_, rule=f"is a copy of {disks[id_]}, the routers' is {archive_id}")
        for server in found
        for id_ in server.node.disk_id.split()
        if disks.get(id_, archive_id) not in ("", archive_id)
    )


def _shape(server: Resource) -> str:
    """Size, wiring and disk edit: a change of these is a shutdown and a start, a change of all else is none."""
    cards = server.outputs.get("networkInterfaces") or []
    stated = {key: server.outputs.get(key) for key in _CHANGED_WHILE_DOWN}
    return json.dumps({**stated, "upstreams": [card.get("upstream") for card in cards]}, sort_keys=True)


def _note_entries(edit: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*(edit.get("notes") or []), *({"id": id_} for id_ in edit.get("noteIds") or [])]


def _note(entry: Mapping[str, Any], notes: Mapping[str, Any]) -> StartupNote:
    variables = {str(key): str(value) for key, value in (entry.get("variables") or {}).items()}
    return StartupNote(id=str(entry["id"]), content=notes.get(str(entry["id"]), ""), variables=variables)


def _router(server: Resource, notes: Mapping[str, Any]) -> str:
    """The host name, else the boot object's `router` where a note shows it, else the server's own name.

    A note may be another router's by mistake.
    """
    edit = server.outputs.get("diskEditParameter") or {}
    if edit.get("hostname"):
        return str(edit["hostname"])
    for entry in _note_entries(edit):
        content = notes.get(str(entry["id"]))
        found = _ROUTER_IN_NOTE.search(content) if isinstance(content, str) else None
        if found:
            return found.group(1)
    return str(server.outputs.get("name") or server.id)


def _nic(
    server: Resource, name: str, position: int, card: Mapping[str, Any], filters: Mapping[str, list[dict[str, Any]]]
) -> ServerNic:
    device = NIC_NAMES[position] if position < len(NIC_NAMES) else f"nic{position}"
    upstream, filter_id = str(card.get("upstream") or "disconnect"), str(card.get("packetFilterId") or "")
    is_shared = upstream == SHARED
    values = server.outputs
    nic = Nic(
        device=device,
        mac=str(card.get("macAddress") or names.mac(name, device)),
        mtu_bytes=MTU_BYTES,
        address=IPv4Interface(f"{values['ipAddress']}/{values['netmask']}") if is_shared else None,
        gateway=IPv4Address(values["gateway"]) if is_shared else None,
        fabric_netns=SHARED_NETNS if is_shared else SWITCH_NETNS,
        fabric_device=names.device("nic", name if is_shared or position == 1 else f"{name}-{device}"),
    )
    rules = tuple(filter_rules(filters.get(filter_id, ()), is_bridge=not is_shared))
    return ServerNic(nic=nic, upstream=upstream, filter_id=filter_id, rules=rules)


def filter_rules(expressions: Iterable[Mapping[str, Any]], *, is_bridge: bool = False) -> list[FilterRule]:
    """A packet filter's expressions in order."""
    return [
        FilterRule(match=_match(entry, is_bridge), is_allowed=entry.get("allow") is not False) for entry in expressions
    ]


def _match(entry: Mapping[str, Any], is_bridge: bool) -> str:
    protocol = str(entry["protocol"]).lower()
    transport = "tcp" if protocol in _PORTS_OF else protocol
    destination = entry.get("destinationPort") or _PORTS_OF.get(protocol)
    parts = ["ether type ip"] if is_bridge else []
    if entry.get("sourceNetwork"):
        parts.append(f"ip saddr {entry['sourceNetwork']}")
    if protocol == "fragment":
        parts.append("ip frag-off & 0x1fff != 0")
    elif protocol != "ip":
        parts.append(f"ip protocol {transport}")
    if entry.get("sourcePort"):
        parts.append(f"{transport} sport {entry['sourcePort']}")
    if destination:
        parts.append(f"{transport} dport {destination}")
    return " ".join(parts)

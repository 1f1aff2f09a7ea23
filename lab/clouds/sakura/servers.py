"""Servers, their disks, and the startup notes that a disk edit lays on them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from lab.clouds.declaration import Tie, address, flag, listing, record, refers_to, text, texts, whole
from lab.clouds.kind import Kind, Proposal, Refusals, Refused
from lab.clouds.sakura.packet_filters import PACKET_FILTER
from lab.clouds.sakura.zone import MALFORMED, TAGS, identify, zoned

SERVER = "sakuracloud:index/server:Server"
DISK = "sakuracloud:index/disk:Disk"
NOTE = "sakuracloud:index/note:Note"
SWITCH = "sakuracloud:index/switch:Switch"
ARCHIVE = "sakuracloud:index/archive:Archive"

NOTES_ON_DISK, NOTE_VERSION, EARLIER_CONTENTS = "__notesOnDisk", "__version", "__earlierContents"
"""Outputs that no program sees: what a server boots from a note that has changed since."""
_EDIT_FOR = ("disks", "parameter", "wires")

_GATEWAY = "198.51.100.1"
_FIRST_ADDRESS = IPv4Address("198.51.100.10")
"""RFC 5737 addresses stand for the shared segment's."""
_ADDRESSES = 200
_NICS_PER_SERVER = 10


def _nics_fit(server: Proposal) -> Refusals:
    upstreams = [nic["upstream"] for nic in server.inputs.get("networkInterfaces", [])]
    zones = {switch.id: {**switch.inputs, **switch.outputs}.get("zone") for switch in server.others(SWITCH)}
    for upstream in upstreams:
        if upstream not in ("shared", "disconnect", *zones):
            yield Refused("not_found", f"networkInterfaces: there is no switch {upstream}")
        elif zones.get(upstream) not in (None, server.place):
            rule = f"networkInterfaces: switch {upstream} is in {zones[upstream]}, the server in {server.place}"
            yield Refused("must_be_of_same_zone", rule)
    for upstream in sorted({u for u in upstreams if u != "disconnect" and upstreams.count(u) > 1}):
        yield Refused("connect_to_same_switch", f"networkInterfaces: two NICs of one server may not join {upstream}")


def _disks_are_free(server: Proposal) -> Refusals:
    for other in server.others(SERVER):
        for disk in sorted({*other.inputs.get("disks", [])} & {*server.inputs.get("disks", [])}):
            yield Refused("res_already_connected", f"disk {disk} is connected to server {other.id}")


def _one_way_to_set_up(server: Proposal) -> Refusals:
    if server.inputs.get("userData") and server.inputs.get("diskEditParameter"):
        yield Refused("ConflictsWith", '"user_data": conflicts with disk_edit_parameter')


def _server_outputs(server: Proposal) -> dict[str, Any]:
    taken = {other.outputs["ipAddress"] for other in server.others(SERVER)}
    candidates = (str(_FIRST_ADDRESS + number) for number in range(_ADDRESSES))
    nics = [
        {**nic, "macAddress": ":".join(["9c", "a3", "ba", *_pairs(server.digits(6, f"NIC {number}"))])}
        for number, nic in enumerate(server.inputs.get("networkInterfaces", []))
    ]
    return {
        "ipAddress": server.kept("ipAddress", lambda: next(ip for ip in candidates if ip not in taken)),
        "netmask": 24,
        "gateway": _GATEWAY,
        "networkAddress": "198.51.100.0",
        "dnsServers": ["198.51.100.2", "198.51.100.3"],
        "hostname": server.inputs.get("diskEditParameter", {}).get("hostname", ""),
        "networkInterfaces": nics,
        "zone": server.place,
    }


def _pairs(digits: str) -> list[str]:
    return [digits[at : at + 2] for at in range(0, len(digits), 2)]


def _archive_fits(disk: Proposal) -> Refusals:
    source = disk.inputs.get("sourceArchiveId")
    size = disk.the(ARCHIVE, source).outputs.get("size", 0) if source else 0
    if disk.inputs["size"] < size:
        rule = f"a disk of {disk.inputs['size']} GiB does not hold archive {source} of {size} GiB"
        yield Refused("cant_resize_smaller", rule)


def _notes_on_disk(server: Proposal) -> dict[str, Any]:
    """Which version of each startup note the last disk edit laid on the disk.

    A disk is edited when the server is created, and when its disks, edit parameter or wires change: only then is a
    note's content read, so a note that changes alone changes no server.
    """
    old = server.old
    edited = old is None or any(_edit_inputs(old.inputs)[key] != _edit_inputs(server.inputs)[key] for key in _EDIT_FOR)
    if old is not None and not edited:
        return {NOTES_ON_DISK: old.outputs.get(NOTES_ON_DISK, {})}
    notes = server.inputs.get("diskEditParameter", {}).get("notes", [])
    return {NOTES_ON_DISK: {it["id"]: server.the(NOTE, it["id"]).outputs.get(NOTE_VERSION, 1) for it in notes}}


def _edit_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    wires = [nic["upstream"] for nic in inputs.get("networkInterfaces", [])]
    return {"disks": inputs.get("disks"), "parameter": inputs.get("diskEditParameter"), "wires": wires}


def _versions_of_note(note: Proposal) -> dict[str, Any]:
    """Earlier contents stay known as long as a disk holds them."""
    if note.old is None:
        return {NOTE_VERSION: 1, EARLIER_CONTENTS: {}}
    version = int(note.old.outputs[NOTE_VERSION])
    on_disks = {server.outputs.get(NOTES_ON_DISK, {}).get(note.id) for server in note.store.of(SERVER)}
    contents = {**note.old.outputs[EARLIER_CONTENTS], str(version): note.old.inputs["content"]}
    kept = {number: content for number, content in contents.items() if int(number) in on_disks}
    return {NOTE_VERSION: version + 1, EARLIER_CONTENTS: kept}


_NIC = record(
    {
        "upstream": text(
            pattern=r"shared|disconnect|\d+", meaning="shared, disconnect or a switch's id", required=True
        ),
        "packetFilterId": refers_to(PACKET_FILTER, absent="not_found"),
        "userIpAddress": address(),
    }
)

KINDS = (
    Kind(
        type=SERVER,
        inputs=zoned(
            core=whole(1, 240, default=1),
            memory=whole(1, 1024, default=1),
            disks=listing(refers_to(DISK, absent="not_found")),
            interfaceDriver=text("virtio", "e1000", default="virtio"),
            networkInterfaces=listing(_NIC, most=_NICS_PER_SERVER),
            description=text(most=512),
            tags=TAGS,
            forceShutdown=flag(),
            userData=text(),
            diskEditParameter=record(
                {
                    "hostname": text(most=64),
                    "password": text(),
                    "disablePwAuth": flag(),
                    "enableDhcp": flag(),
                    "changePartitionUuid": flag(),
                    "ipAddress": address(),
                    "netmask": whole(8, 29),
                    "gateway": address(),
                    "notes": listing(
                        record(
                            {
                                "id": refers_to(NOTE, absent="not_found", required=True, tie=Tie.LOOSE),
                                "apiKeyId": text(),
                                "variables": texts(),
                            }
                        )
                    ),
                }
            ),
        ),
        identify=identify,
        outputs=_server_outputs,
        malformed=MALFORMED,
        rules=(_nics_fit, _disks_are_free, _one_way_to_set_up),
        hidden=_notes_on_disk,
    ),
    Kind(
        type=DISK,
        inputs=zoned(
            plan=text("ssd", "hdd", default="ssd", replaces=True),
            size=whole(20, 12288, default=20, replaces=True),
            connector=text("virtio", "ide", default="virtio", replaces=True),
            sourceArchiveId=refers_to(ARCHIVE, absent="not_found", replaces=True, tie=Tie.LOOSE),
            description=text(most=512),
            tags=TAGS,
        ),
        identify=identify,
        outputs=lambda disk: {"zone": disk.place},
        malformed=MALFORMED,
        rules=(_archive_fits,),
        in_use="disconnect_b4_delete",
    ),
    Kind(
        type=NOTE,
        inputs={
            "name": text(most=64),
            "class": text("shell", "yaml_cloud_config", default="shell"),
            "content": text(required=True),
            "tags": TAGS,
        },
        identify=identify,
        malformed=MALFORMED,
        hidden=_versions_of_note,
    ),
)

"""Sakura Cloud: servers, disks, notes and packet filters, with the limits of its API and provider."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any, ClassVar

from lab.clouds.declaration import (
    Field,
    Flaw,
    address,
    flag,
    listing,
    record,
    record_flaws,
    refers_to,
    text,
    texts,
    whole,
)
from lab.clouds.kind import Kind, Proposal, Refusals, Refused
from lab.clouds.provider import EmulatedProvider, Function

SERVER = "sakuracloud:index/server:Server"
DISK = "sakuracloud:index/disk:Disk"
NOTE = "sakuracloud:index/note:Note"
PACKET_FILTER = "sakuracloud:index/packetFilter:PacketFilter"
SWITCH = "sakuracloud:index/switch:Switch"
ARCHIVE = "sakuracloud:index/archive:Archive"

ZONES = ("tk1a", "tk1b", "is1a", "is1b", "is1c", "tk1v")
_GATEWAY = "198.51.100.1"
_FIRST_ADDRESS = IPv4Address("198.51.100.10")
"""RFC 5737 addresses stand for the shared segment's."""
_ADDRESSES = 200
_RULES_PER_FILTER = 30
_NICS_PER_SERVER = 10

_TAGS = listing(text(), unordered=True)
_PORT = text(pattern=r"|\d{1,5}(-\d{1,5})?", meaning="a port, a range such as 32768-60999, or nothing")


def _identify(proposal: Proposal) -> str:
    """Twelve digits; Sakura's ids are numbers."""
    return f"113{int(proposal.digits(12), 16) % 10**9:09}"


def _nics_fit(server: Proposal) -> Refusals:
    upstreams = [nic["upstream"] for nic in server.inputs.get("networkInterfaces", [])]
    known = {switch.id for switch in server.others(SWITCH)}
    for upstream in upstreams:
        if upstream not in ("shared", "disconnect") and upstream not in known:
            yield Refused("not_found", f"networkInterfaces: there is no switch {upstream} in this zone")
    for upstream in sorted({u for u in upstreams if u != "disconnect" and upstreams.count(u) > 1}):
        yield Refused("still_connected_to_switch", f"networkInterfaces: two NICs of one server may not join {upstream}")


def _disks_are_free(server: Proposal) -> Refusals:
    for other in server.others(SERVER):
        for disk in sorted({*other.inputs.get("disks", [])} & {*server.inputs.get("disks", [])}):
            yield Refused("still_connecting", f"disk {disk} is connected to server {other.id}")


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


def _one_port_side(filter_: Proposal) -> Refusals:
    for number, rule in enumerate(filter_.inputs.get("expressions", [])):
        if all("-" in rule.get(side, "") for side in ("sourcePort", "destinationPort")):
            said = "a rule has a port range on its source or on its destination, not on both"
            yield Refused("invalid_format", f"expressions[{number}]: {said}")
        if rule["protocol"] not in ("tcp", "udp") and (rule.get("sourcePort") or rule.get("destinationPort")):
            yield Refused("invalid_format", f"expressions[{number}]: protocol {rule['protocol']} has no ports")


def _zoned(**fields: Field) -> dict[str, Field]:
    return {"zone": text(*ZONES, replaces=True), "name": text(most=64), **fields}


_NIC = record(
    {
        "upstream": text(
            pattern=r"shared|disconnect|\d+", meaning="shared, disconnect or a switch's id", required=True
        ),
        "packetFilterId": refers_to(PACKET_FILTER, absent="not_found"),
        "userIpAddress": address(),
    }
)

_KINDS = (
    Kind(
        type=SERVER,
        inputs=_zoned(
            core=whole(1, 240, default=1),
            memory=whole(1, 1024, default=1),
            disks=listing(refers_to(DISK, absent="not_found")),
            interfaceDriver=text("virtio", "e1000", default="virtio"),
            networkInterfaces=listing(_NIC, most=_NICS_PER_SERVER),
            description=text(most=512),
            tags=_TAGS,
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
                                "id": refers_to(NOTE, absent="not_found", required=True),
                                "apiKeyId": text(),
                                "variables": texts(),
                            }
                        )
                    ),
                }
            ),
        ),
        identify=_identify,
        outputs=_server_outputs,
        rules=(_nics_fit, _disks_are_free, _one_way_to_set_up),
    ),
    Kind(
        type=DISK,
        inputs=_zoned(
            plan=text("ssd", "hdd", default="ssd", replaces=True),
            size=whole(20, 12288, default=20, replaces=True),
            connector=text("virtio", "ide", default="virtio", replaces=True),
            sourceArchiveId=refers_to(ARCHIVE, absent="not_found", replaces=True),
            description=text(most=512),
            tags=_TAGS,
        ),
        identify=_identify,
        outputs=lambda disk: {"zone": disk.place},
        in_use="still_connecting",
    ),
    Kind(
        type=NOTE,
        inputs={
            "name": text(most=64),
            "class": text("shell", "yaml_cloud_config", default="shell"),
            "content": text(required=True),
            "tags": _TAGS,
        },
        identify=_identify,
    ),
    Kind(
        type=PACKET_FILTER,
        inputs=_zoned(
            description=text(most=512),
            expressions=listing(
                record(
                    {
                        "protocol": text("http", "https", "tcp", "udp", "icmp", "fragment", "ip", required=True),
                        "allow": flag(),
                        "sourceNetwork": text(
                            pattern=r"|[\d.]+(/\d{1,2})?", meaning="an IPv4 address or network, or nothing"
                        ),
                        "sourcePort": _PORT,
                        "destinationPort": _PORT,
                        "description": text(most=512),
                    }
                ),
                most=_RULES_PER_FILTER,
            ),
        ),
        identify=_identify,
        outputs=lambda it: {"zone": it.place},
        rules=(_one_port_side,),
        in_use="still_connecting",
    ),
)

_CONFIG = {name: text() for name in ("token", "secret", "profile", "version")} | {"zone": text(*ZONES, required=True)}


class SakuraProvider(EmulatedProvider):
    """Emulates pulumi-sakuracloud 0.6 in one zone."""

    package = "sakuracloud"
    version = "0.6.1"
    kinds: ClassVar[Mapping[str, Kind]] = {kind.type: kind for kind in _KINDS}
    functions: ClassVar[Mapping[str, Function]] = {}

    def config_flaws(self, config: dict[str, Any]) -> Iterator[Flaw]:
        """The zone must exist; a stated token would land in the state, but that is the program's to avoid."""
        yield from record_flaws("", _CONFIG, config)

    def place(self, inputs: Mapping[str, Any]) -> str:
        """The zone of a resource: its own or the provider's."""
        return str(inputs.get("zone") or self.config["zone"])

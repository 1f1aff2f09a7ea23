"""What Sakura Cloud and its provider refuse of servers and disks, and when a startup note is read."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from lab.clouds.view import Clouds as View
from lab.fabric.sakura import servers
from tests.lab.clouds.cloud import Case, Clouds, case, refused

SERVER, DISK, NOTE = (f"sakuracloud:index/{kind.lower()}:{kind}" for kind in ("Server", "Disk", "Note"))
FILTER = "sakuracloud:index/packetFilter:PacketFilter"
SWITCH, ARCHIVE = "113000000001", "113000000002"
NICS = [{"upstream": "shared", "packetFilterId": "$filter"}, {"upstream": SWITCH}]
ROUTER = {"disks": ["$disk"], "networkInterfaces": NICS, "diskEditParameter": {"notes": [{"id": "$note"}]}}


@pytest.fixture
def zone(clouds: Clouds) -> Clouds:
    """tk1a with the owner's switch and archive, a disk, a filter and a note; a switch and a disk in tk1b."""
    clouds.store.seed("sakuracloud:index/switch:Switch", SWITCH, {"zone": "tk1a"}, {})
    clouds.store.seed("sakuracloud:index/switch:Switch", "113000000009", {"zone": "tk1b"}, {})
    clouds.store.seed("sakuracloud:index/archive:Archive", ARCHIVE, {"zone": "tk1a"}, {"size": 40})
    clouds.create(DISK, "disk", sourceArchiveId=ARCHIVE, size=40)
    clouds.create(DISK, "taken", size=20)
    clouds.create(DISK, "elsewhere", size=20, zone="tk1b")
    clouds.create(FILTER, "filter", expressions=[{"protocol": "ip", "allow": False}])
    clouds.create(NOTE, "note", content="first")
    clouds.create(SERVER, "other", disks=["$taken"])
    return clouds


@pytest.mark.parametrize(
    "row",
    [
        case("it has at most ten nics", "invalid_format", "at most 10, has 11",
             networkInterfaces=[{"upstream": "disconnect"}] * 11),
        case("two nics never join one switch", "connect_to_same_switch", "may not join 113000000001",
             networkInterfaces=[{"upstream": SWITCH}] * 2),
        case("two nics are never both shared", "connect_to_same_switch", "may not join shared",
             networkInterfaces=[{"upstream": "shared"}] * 2),
        case("its switch exists", "not_found", "there is no switch 1", networkInterfaces=[{"upstream": "1"}]),
        case("its switch is of its zone", "must_be_of_same_zone", "is in tk1b, the server in tk1a",
             networkInterfaces=[{"upstream": "113000000009"}]),
        case("an upstream is one", "invalid_format", "shared, disconnect or", networkInterfaces=[{"upstream": "lan"}]),
        case("its disk is free", "res_already_connected", "is connected to server", disks=["$taken"]),
        case("its disk exists", "not_found", "no resource has it", disks=["1"]),
        case("its disk is of its zone", "not_found", "is in tk1b, not in tk1a", disks=["$elsewhere"]),
        case("its filter exists", "not_found", "no resource has it",
             networkInterfaces=[{"upstream": "shared", "packetFilterId": "1"}]),
        case("its note exists", "not_found", "no resource has it", diskEditParameter={"notes": [{"id": "1"}]}),
        case("it is set up in one way", "ConflictsWith", "conflicts with disk_edit_parameter", userData="x"),
        case("its zone exists", "invalid_format", "one of tk1a", zone="tk1z"),
        case("its driver is one", "invalid_format", "virtio, e1000", interfaceDriver="ne2000"),
        case("its name is short", "invalid_format", "at most 64 characters", name="x" * 65),
    ],
)  # fmt: skip
def test_a_server(zone: Clouds, row: Case) -> None:
    refused(zone, SERVER, ROUTER, row)


@pytest.mark.parametrize(
    "row",
    [
        case("it holds its archive", "cant_resize_smaller", "does not hold archive", size=20),
        case("its archive exists", "not_found", "no resource has it", sourceArchiveId="1"),
        case("its archive is of its zone", "not_found", "is in tk1a, not in tk1b", zone="tk1b"),
        case("its plan is one", "invalid_format", "ssd, hdd", plan="tape"),
        case("its connector is one", "invalid_format", "virtio, ide", connector="scsi"),
        case("it has at least 20 gib", "invalid_format", "from 20 to", size=10),
    ],
)
def test_a_disk(zone: Clouds, row: Case) -> None:
    refused(zone, DISK, {"sourceArchiveId": ARCHIVE, "size": 40}, row)


@pytest.mark.parametrize("name", ["disk", "filter"])
def test_what_a_server_uses_goes_after_it(zone: Clouds, name: str) -> None:
    zone.create(SERVER, "server", **ROUTER)
    with pytest.raises(Refused, match=rf"disconnect_b4_delete: .* is in use by {SERVER}"):
        zone.delete(name)
    zone.delete("server")
    zone.delete(name)


def test_a_note_goes_at_any_time(zone: Clouds) -> None:
    zone.create(SERVER, "server", **ROUTER)
    zone.delete("note")


def note_of(zone: Clouds) -> object:
    """What the server would boot."""
    found = servers(View(zone.store.resources()))
    (node,) = (server.node for server in found if server.node.startup_notes)
    return node.startup_notes[0].content


def test_a_changed_note_reaches_no_running_server_until_its_disk_is_edited(zone: Clouds) -> None:
    zone.create(SERVER, "server", **ROUTER)
    zone.update("note", content="second")
    zone.update("note", content="third")
    zone.update("server", description="a change that edits no disk")
    assert note_of(zone) == "first"

    zone.create(DISK, "fresh", sourceArchiveId=ARCHIVE, size=40)
    zone.update("server", disks=["$fresh"])
    assert note_of(zone) == "third"

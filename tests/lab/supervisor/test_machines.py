"""What a change of the clouds is to the machines that run."""

from __future__ import annotations

from dataclasses import replace

from lab.fabric import Node, StartupNote
from lab.supervisor.machines import machine_changes

AWS = Node(
    name="aws-a", cloud="aws", netns="aws-a", resource_id="group", instance_id="i-1", region="r", zone="ra", nics=(),
    tags={},
)  # fmt: skip
NOTE = StartupNote(id="1130", content="one", variables={})
SAKURA = replace(
    AWS, name="sakura-a", cloud="sakura", instance_id="1131", disk_id="1132", shape="small", startup_notes=(NOTE,)
)
RUNNING = (AWS, SAKURA)


def test_a_changed_note_alone_changes_no_machine() -> None:
    noted = replace(SAKURA, startup_notes=(replace(NOTE, content="two"),), tags={"colour": "red"})
    changes = machine_changes(RUNNING, (AWS, noted))

    assert not any(vars(changes).values())


def test_an_instance_refresh_and_another_disk_are_machines_from_new_disks() -> None:
    after = (replace(AWS, instance_id="i-2"), replace(SAKURA, disk_id="1139", shape="large"))
    changes = machine_changes(RUNNING, after)

    assert changes.remade == after
    assert (changes.gone, changes.new, changes.restarted) == ((), (), ())


def test_another_size_is_a_restart_from_the_same_disk() -> None:
    larger = replace(SAKURA, shape="large")

    assert machine_changes(RUNNING, (AWS, larger)).restarted == (larger,)


def test_machines_come_and_go() -> None:
    other = replace(AWS, name="aws-b")
    changes = machine_changes(RUNNING, (AWS, other))

    assert (changes.gone, changes.new, changes.remade) == ((SAKURA,), (other,), ())

"""The Sakura router pair and its nodes in Systems Manager."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from components.startup_note import startup_note
from tests.components.recorder import ROOT, Engine, deploy

SERVER = "sakuracloud:index/server:Server"
ACTIVATION = "aws:ssm/activation:Activation"


def test_the_packet_filter_admits_wireguard_from_elastic_ips_and_answers_only(lab: Engine) -> None:
    filter_ = lab.the("sakuracloud:index/packetFilter:PacketFilter", "routers-sakura-a").inputs

    assert [{k: v for k, v in rule.items() if k != "description"} for rule in filter_["expressions"]] == [
        {"protocol": "udp", "sourceNetwork": "203.0.113.10", "destinationPort": "51820", "allow": True},
        {"protocol": "udp", "sourceNetwork": "203.0.113.11", "destinationPort": "51822", "allow": True},
        {"protocol": "tcp", "sourcePort": "443", "destinationPort": "32768-60999", "allow": True},
        {"protocol": "udp", "sourcePort": "53", "allow": True},
        {"protocol": "udp", "sourcePort": "123", "allow": True},
        {"protocol": "icmp", "allow": True},
        {"protocol": "fragment", "allow": True},
        {"protocol": "ip", "allow": False},
    ]


def test_a_server_has_the_shared_nic_behind_its_filter_then_the_closed_network(lab: Engine) -> None:
    server = lab.the(SERVER, "routers-sakura-b").inputs

    assert server["networkInterfaces"] == [
        {"upstream": "shared", "packetFilterId": "PacketFilter-routers-sakura-b"},
        {"upstream": "113000000001", "userIpAddress": "172.16.0.3"},
    ]
    assert server["diskEditParameter"] == {
        "hostname": "sakura-b",
        "disablePwAuth": True,
        "notes": [{"id": "Note-routers-sakura-b"}],
    }
    assert "userData" not in server, "with it every later change is a shutdown"


def test_the_second_server_changes_after_the_first(lab: Engine) -> None:
    assert f"{SERVER}::routers-sakura-a" in lab.the(SERVER, "routers-sakura-b").after
    assert f"{SERVER}::routers-sakura-b" not in lab.the(SERVER, "routers-sakura-a").after


def test_a_rebuild_renews_disk_and_activation_together() -> None:
    rebuilt = deploy(lambda path: path.update(rebuild={"sakura-a": 2}))

    disk = rebuilt.the("sakuracloud:index/disk:Disk", "routers-sakura-a")
    activation = rebuilt.the(ACTIVATION, "sakura-a")
    assert disk.inputs["description"] == activation.inputs["description"] == "113000000002/2"
    assert list(disk.options.replaceOnChanges) == list(activation.options.replaceOnChanges) == ["description"]
    assert rebuilt.the(ACTIVATION, "sakura-b").inputs["description"] == "113000000002/1"


def test_an_activation_admits_one_machine_and_hides_its_code(lab: Engine) -> None:
    activation = lab.the(ACTIVATION, "sakura-a")

    assert activation.inputs["registrationLimit"] == 1
    assert "expirationDate" not in activation.inputs
    assert list(activation.options.additionalSecretOutputs) == ["activationCode"]
    assert "tags" in activation.options.ignoreChanges
    assert "aws:iam/rolePolicyAttachment:RolePolicyAttachment::sakura-a" in activation.after


def test_only_this_accounts_systems_manager_may_take_the_nodes_role(lab: Engine) -> None:
    (statement,) = json.loads(lab.the("aws:iam/role:Role", "sakura-a").inputs["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": "ssm.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": "arn:aws:ssm:ap-northeast-1:123456789012:*"},
    }


def test_the_note_is_secret_and_the_server_knows_only_its_id(lab: Engine) -> None:
    assert lab.the("sakuracloud:index/note:Note", "routers-sakura-a").secrets == {"content"}
    assert lab.the(SERVER, "routers-sakura-a").secrets == frozenset()


NOTE = startup_note(
    region="ap-northeast-1", activation_id="id-1", activation_code="C'o$(de)", boot_object='{"router": "sakura-a"}'
)


def test_the_startup_note_is_clean_shell() -> None:
    checker = ROOT / ".venv/bin/shellcheck"

    plain = startup_note(region="r", activation_id="i", activation_code="c", boot_object="{}")
    found = subprocess.run([checker, "-"], input=plain, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder that stands for /, with stand-ins that write down how they were called."""
    (tmp_path / "bin").mkdir()
    for name in ("systemctl", "amazon-ssm-agent"):
        stand_in = tmp_path / "bin" / name
        stand_in.write_text(f'#!/bin/sh\nprintf "%s\\n" "{name} $*" >>{tmp_path}/calls\n')
        stand_in.chmod(0o755)
    return tmp_path


def boot(machine: Path) -> str:
    """Lays the note out as a disk edit does, runs it, and gives back what it called."""
    notes = machine / "root/.sacloud-api/notes"
    notes.mkdir(parents=True, exist_ok=True)
    note = notes / "1.sh"
    moved = NOTE
    for folder in ("/etc/flets-to-vpc", "/var/lib/flets-to-vpc", "/root/.sacloud-api"):
        moved = moved.replace(folder, f"{machine}{folder}")
    note.write_text(moved)
    (machine / "calls").write_text("")
    path = f"{machine}/bin:/usr/bin:/bin"
    subprocess.run([shutil.which("sh") or "sh", note], env={"PATH": path}, check=True, timeout=10)
    assert not note.exists(), "the code is still on the disk"
    return (machine / "calls").read_text()


def test_the_note_writes_the_boot_object_registers_and_forgets_the_code(machine: Path) -> None:
    calls = boot(machine)

    assert json.loads((machine / "etc/flets-to-vpc/boot.json").read_text()) == {"router": "sakura-a"}
    assert calls.splitlines() == [
        "systemctl stop amazon-ssm-agent",
        "amazon-ssm-agent -register -code C'o$(de) -id id-1 -region ap-northeast-1 -y",
        "systemctl start --no-block amazon-ssm-agent",
    ]


def test_a_note_that_is_laid_out_again_does_not_spend_the_code_twice(machine: Path) -> None:
    boot(machine)

    assert boot(machine) == ""

"""The files every router has before its bundle, each read by the program that will read it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from topology.timers import CONNECT_RETRY_S

ROOTFS = Path(__file__).resolve().parents[2] / "images" / "rootfs"
VENDOR_UNITS = Path("/usr/lib/systemd/system")
PROGRAMS = (
    "usr/bin/bash",
    "usr/bin/kill",
    "usr/bin/wg-quick",
    "usr/lib/frr/frrinit.sh",
    "usr/lib/systemd/systemd-networkd-wait-online",
    "usr/sbin/ip",
    "usr/sbin/keepalived",
    "usr/sbin/nft",
    "usr/sbin/sysctl",
)
"""What the units start; `systemd-analyze verify` wants it to be there, not to be real."""
UNITS = (
    "multi-user.target",
    "flets-to-vpc-boot.service",
    "flets-to-vpc-path.target",
    "flets-to-vpc-closed.service",
    "flets-to-vpc-addresses.service",
    "flets-to-vpc-gre.service",
    "frr.service",
    "keepalived.service",
    "nftables.service",
    "wg-quick@wg-sakura-a-0.service",
    "rc-local.service",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Debian's units with ours over them."""
    shutil.copytree(VENDOR_UNITS, tmp_path / "usr/lib/systemd/system", symlinks=True)
    for name in ("bin", "sbin", "lib"):
        (tmp_path / "usr" / name).mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(f"usr/{name}")
    for program in PROGRAMS:
        (tmp_path / program).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / program).touch(mode=0o755)
    shutil.copytree(ROOTFS, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


def verify(root: Path) -> str:
    """What systemd has to say about the units; it exits 0 on unknown keys, so its words are what counts."""
    argv = ["systemd-analyze", "verify", "--man=no", f"--root={root}", *UNITS]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stderr


def unit(path: str) -> ConfigParser:
    """A unit file; of a repeated key the last line."""
    parser = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str
    parser.read_string((ROOTFS / "etc/systemd/system" / path).read_text())
    return parser


def test_systemd_has_nothing_to_say_about_the_units_together(root: Path) -> None:
    assert verify(root) == ""


def test_the_check_of_units_would_see_an_unknown_key(root: Path) -> None:
    with (root / "etc/systemd/system/flets-to-vpc-gre.service").open("a") as file:
        file.write("NoSuchKey=1\n")

    assert "NoSuchKey" in verify(root)


def test_the_check_of_units_would_see_debians_order_of_frr_before_the_network(root: Path) -> None:
    with (root / "etc/systemd/system/frr.service").open("a") as file:
        file.write("[Unit]\nWants=network.target\nBefore=network.target\n")

    assert "ordering cycle" in verify(root)


def test_only_the_agent_and_a_closed_firewall_start_by_themselves() -> None:
    links = sorted(ROOTFS.rglob("*.wants/*"))

    assert [link.relative_to(ROOTFS / "etc/systemd/system").as_posix() for link in links] == [
        "multi-user.target.wants/flets-to-vpc-boot.service",
        "sysinit.target.wants/flets-to-vpc-closed.service",
    ]
    assert all(link.resolve() == ROOTFS / "etc/systemd/system" / link.name for link in links)


@pytest.mark.parametrize(
    "path", ["frr.service", "keepalived.service.d/50-flets-to-vpc.conf", "wg-quick@.service.d/50-flets-to-vpc.conf"]
)
def test_what_detects_and_forwards_runs_at_real_time_priority(path: str) -> None:
    assert unit(path)["Service"]["CPUSchedulingPolicy"] == "rr"


@pytest.mark.parametrize(
    "path",
    ["frr.service", "keepalived.service.d/50-flets-to-vpc.conf", "nftables.service.d/50-flets-to-vpc.conf"],
)
def test_no_daemon_starts_from_a_file_that_is_not_the_bundles(path: str) -> None:
    assert unit(path)["Unit"]["ConditionPathExists"] == "/etc/flets-to-vpc/agent.json"


def test_frr_has_no_reload_that_would_undo_the_agents_lines() -> None:
    assert "ExecReload" not in unit("frr.service")["Service"]


def test_a_firewall_that_stops_leaves_its_rules() -> None:
    assert unit("nftables.service.d/50-flets-to-vpc.conf")["Service"]["ExecStop"] == ""


def test_gre_has_a_ttl_of_its_own() -> None:
    text = (ROOTFS / "etc/systemd/system/flets-to-vpc-gre.service").read_text()

    assert "type gre local ${LOCAL} remote ${REMOTE} ttl 64" in text


def test_frr_runs_one_integrated_file() -> None:
    daemons = (ROOTFS / "etc/frr/daemons").read_text().splitlines()

    assert {"bgpd=yes", "bfdd=yes", "vtysh_enable=yes"} <= set(daemons)
    assert (ROOTFS / "etc/frr/vtysh.conf").read_text() == "service integrated-vtysh-config\n"


def test_a_dead_bfdd_is_there_again_before_the_sessions_that_its_return_would_end() -> None:
    (options,) = re.findall(r'(?m)^watchfrr_options="(.*)"$', (ROOTFS / "etc/frr/daemons").read_text())
    values = dict(option.split("=") for option in options.split())

    assert int(values["--interval"]) < CONNECT_RETRY_S


def test_what_is_a_program_may_be_run() -> None:
    for path in ("etc/rc.local", "usr/sbin/flets-to-vpc"):
        assert os.access(ROOTFS / path, os.X_OK), path


def test_every_line_of_the_network_files_is_known_to_udev() -> None:
    names = {}
    for path in (ROOTFS / "etc/systemd/network").glob("*.link"):
        link = ConfigParser(interpolation=None)
        link.read(path)
        names[path.name] = link["Link"]["Name"]

    assert names == {
        "10-internet-aws.link": "internet",
        "10-internet-sakura.link": "internet",
        "10-closed-sakura.link": "closed",
    }


def run_notes(tmp_path: Path, **notes: str) -> subprocess.CompletedProcess[str]:
    folder = tmp_path / "notes"
    folder.mkdir(exist_ok=True)
    for name, text in notes.items():
        (folder / f"{name}.sh").write_text(text)
    script = (ROOTFS / "etc/rc.local").read_text().replace("/root/.sacloud-api/notes", str(folder))
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path)


def test_a_startup_note_that_succeeded_is_removed_with_the_code_it_may_hold(tmp_path: Path) -> None:
    done = run_notes(tmp_path, first="#!/bin/sh\necho one >> ran\n", second="#!/bin/sh\necho two >> ran\n")

    assert done.returncode == 0
    assert (tmp_path / "ran").read_text() == "one\ntwo\n"
    assert list((tmp_path / "notes").iterdir()) == []


def test_a_startup_note_that_failed_is_kept_named_and_does_not_stop_the_next(tmp_path: Path) -> None:
    done = run_notes(tmp_path, first="#!/bin/sh\nexit 3\n", second="#!/bin/sh\necho two >> ran\n")

    assert done.returncode == 1
    assert "first.sh failed with status 3" in done.stderr
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["first.sh"]
    assert (tmp_path / "ran").exists()


def test_a_startup_note_that_removes_itself_is_no_failure(tmp_path: Path) -> None:
    assert run_notes(tmp_path, only='#!/bin/sh\nrm "$0"\n').returncode == 0


def test_a_router_without_startup_notes_boots(tmp_path: Path) -> None:
    assert run_notes(tmp_path).returncode == 0

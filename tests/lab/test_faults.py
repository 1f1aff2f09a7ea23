"""What a user meets on a machine that lacks something, or with input that cannot be used: words, and an exit code."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lab.deploy
import lab.machine
from lab.cli import main
from lab.command import succeeds
from lab.errors import BadInput, MachineLacks
from lab.supervisor.folder import LabFolder

ROOT = Path(__file__).resolve().parents[2]


def programs(folder: Path, **scripts: str) -> str:
    """A PATH that holds these programs, each one line of shell, and what a shell script cannot lack."""
    for name in ("sh", "bash", "dirname", "git", "sed", "env"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    for name, line in scripts.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
    return os.fspath(folder)


@pytest.fixture
def nobody(tmp_path, monkeypatch):
    """A user who is not root, on a machine without sudo."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", programs(tmp_path))


@pytest.mark.parametrize("verb", [["up"], ["down"], ["shell", "--node", "aws-a"], ["prove"], ["bench"]])
def test_without_root_and_sudo_a_verb_says_so_in_one_line_and_exits_3(nobody, monkeypatch, capsys, verb):
    monkeypatch.setattr(sys, "argv", ["lab", *verb])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 3
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "root" in said[0]
    assert "sudo" in said[0]


def test_sudo_is_asked_before_a_user_is_turned_away(tmp_path, monkeypatch):
    """The same command goes on under sudo, with the same Python, all its options and the caller's PATH."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", programs(tmp_path, sudo="exit 0"))
    monkeypatch.setattr(lab.machine, "CHECKOUT", tmp_path)
    ran = []
    monkeypatch.setattr(os, "execvp", lambda file, argv: ran.append(argv))

    with pytest.raises(MachineLacks):  # execvp came back, which the real one never does
        lab.machine.become_root(["up", "--stack", "lab"])

    words = [word for word in ran[0] if word != "-n"]
    assert words[:3] == ["sudo", "--", "env"]
    assert words[3].startswith(f"PATH={tmp_path}:")
    assert words[4:] == [sys.executable, "-m", "lab", "up", "--stack", "lab"]
    assert (tmp_path / "build").is_dir(), "the user's own, before root writes there"


@pytest.mark.parametrize(("allowed", "code"), [("", 2), ("1", 0)])
def test_the_tests_without_root_say_that_the_lab_did_not_run_and_pass_only_when_allowed(tmp_path, allowed, code):
    path = programs(tmp_path, id="echo 1000", python="echo ran: $*")
    make = shutil.which("make") or "make"
    argv = [make, "--no-print-directory", "test", "PYTHON=python", f"ALLOW_NO_ROOT={allowed}"]

    ran = subprocess.run(argv, cwd=ROOT, env={"PATH": path}, capture_output=True, text=True, check=False)

    assert ran.returncode == code
    assert ran.stdout.splitlines()[-2:] == ["netns: not run (needs root)", "lab: not run (needs root)"]
    assert "-m pytest" in ran.stdout
    assert "-m not lab and not netns" in ran.stdout


def install_packages(path: str) -> subprocess.CompletedProcess[str]:
    script = os.fspath(ROOT / "lab/packages.sh")
    return subprocess.run([script], env={"PATH": path}, capture_output=True, text=True, check=False)


def test_a_missing_package_that_cannot_be_installed_is_named(tmp_path):
    missing = "for name; do :; done; case $name in frr|bird2) exit 1 ;; *) echo installed ;; esac"

    ran = install_packages(programs(tmp_path, dpkg_query=missing, id="echo 1000"))

    assert ran.returncode == 3
    assert ran.stderr.splitlines() == [
        "this machine lacks Debian packages: bird2 frr; install them as root, or run this with sudo"
    ]


def test_nothing_is_installed_where_nothing_is_missing(tmp_path):
    ran = install_packages(programs(tmp_path, dpkg_query="echo installed", id="echo 0", apt_get="echo no >&2; exit 9"))

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.fixture
def kernel(monkeypatch):
    """A kernel that has everything but the named features; each is the word that its probe tries."""

    def without(*features: str) -> None:
        def has(argv):
            return not any(feature in argv for feature in features)

        monkeypatch.setattr(lab.machine, "succeeds", has)
        monkeypatch.setattr(lab.machine, "_missing_cgroups", list)
        monkeypatch.setattr(Path, "exists", lambda path: True)

    return without


@pytest.mark.parametrize(
    ("lacks", "wireguard", "gre"),
    [
        ((), "kernel", "kernel"),
        (("wireguard",), "wireguard-go", "kernel"),
        (("gre",), "kernel", "userspace"),
        (("wireguard", "gre"), "wireguard-go", "userspace"),
    ],
)
def test_a_kernel_without_wireguard_or_gre_gets_the_stand_in(kernel, lacks, wireguard, gre):
    kernel(*lacks)

    assert lab.machine.probe() == lab.machine.Tools(wireguard=wireguard, gre=gre)


def test_every_feature_that_nothing_can_stand_in_for_is_named_at_once(kernel):
    kernel("veth", "bridge")

    with pytest.raises(MachineLacks, match=r"CONFIG_VETH.*CONFIG_BRIDGE"):
        lab.machine.probe()


def test_a_probe_that_does_not_end_is_called_slow_and_its_feature_is_not_called_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", programs(tmp_path, unshare="exec /bin/sleep 30"))
    monkeypatch.setattr(lab.machine, "succeeds", lambda argv: succeeds(argv, timeout_s=0.1))

    with pytest.raises(MachineLacks, match=r"lacks: time \(unshare .*: no end within 0 s\): end what else") as slow:
        lab.machine.probe()

    assert "CONFIG" not in str(slow.value)


def test_a_bad_stack_file_is_refused_with_every_problem_before_any_resource_exists(tmp_path, monkeypatch):
    bad = tmp_path / "Pulumi.bad.yaml"
    text = (ROOT / "Pulumi.lab.yaml").read_text()
    bad.write_text(text.replace("192.168.1.0/24", "192.168.2.0/24").replace("asn: 64513", "asn: 64512"))
    monkeypatch.setattr(lab.deploy, "stack_file", lambda stack: bad)
    folder = LabFolder("bad", checkout=tmp_path)

    with pytest.raises(BadInput) as refused:
        lab.deploy.deploy(folder, "bad", None)

    said = "\n".join(refused.value.problems)
    assert refused.value.exit_code == 2
    assert "192.168.2.0/24" in said
    assert "64512" in said
    made = json.loads((folder.incoming / "clouds.json").read_text())["resources"]
    assert [resource["type"] for resource in made if resource["urn"]] == []

"""Key material is where it must be and nowhere else: a running lab is searched for the keys of that very lab.

Searched for as text, as bytes, in base64 and in hexadecimal: private keys, pre-shared keys, the passwords they are
stretched from, activation codes, and the credentials that the machines got.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.clouds.store import Store
from lab.supervisor.folder import LabFolder
from tests.lab.conftest import NAME, RunningLab

pytestmark = pytest.mark.lab

ROUTERS = ("sakura-a", "sakura-b", "aws-a", "aws-b")
SECRET = re.compile(r"(private-key|pre-shared-key)-\S+#value|RandomPassword::.+#result|#activationCode")

ALLOWED = (
    r"/var/lib/flets-to-vpc/keys/[^/]+",  # the last good keys: a router starts from them when AWS's API is away
    r"/root/\.aws/credentials",  # the SSM agent writes a hybrid node's credentials there, for root alone
    r"/var/lib/amazon/ssm/.+",  # the SSM agent's own identity, by which it gets new credentials
)
"""On a router, each file for root alone. The lab's own place is `store.db`: the clouds' memory, mode 0600."""

WRITABLE = ("run", "tmp", "var", "etc", "root", "home", "opt", "srv", "mnt")
"""Folders of a router that something could have written to since it was booted."""


@pytest.fixture(scope="module")
def needles(running: RunningLab) -> dict[bytes, str]:
    """Every form of every secret, with the secret's name."""
    store = Store(running.folder / "store.db")
    secrets = {name: value for value, name in store._names.items() if SECRET.search(name)}
    store.close()
    for router in ("sakura-a", "sakura-b"):
        for key in ("aws_secret_access_key", "aws_session_token"):
            line = running.on(router, f"grep {key} /root/.aws/credentials")
            secrets[f"{router} {key}"] = line.partition("=")[2].strip()
    wanted = 4 + 4 + 8 + 2 + 4  # private keys, pre-shared keys, passwords, activation codes, credentials
    assert len(secrets) == wanted
    return {form: name for name, value in secrets.items() for form in forms(value)}


def forms(secret: str) -> Iterator[bytes]:
    values = [secret.encode()]
    try:
        raw = base64.b64decode(secret, validate=True)
        values += [raw] if len(raw) == 32 else []
    except binascii.Error:
        pass
    for value in values:
        yield from (value, value.hex().encode(), value.hex().upper().encode(), base64.b64encode(value))


def found_in(content: bytes, needles: dict[bytes, str]) -> set[str]:
    return {name for form, name in needles.items() if form in content}


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # a process that ended, a file that went away
        return b""


def processes() -> list[Path]:
    return [Path("/proc", str(pid)) for pid in LabFolder(NAME).cgroup.pids()]


def files_below(top: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def roots() -> dict[str, Path]:
    """Each router's file system, seen from outside through its first process."""
    found = {}
    for process in processes():
        command = read(process / "cmdline").split(b"\0")[0]
        if command.endswith((b"/systemd", b"/init")):
            name = read(process / "root/etc/hostname").decode().strip()
            found[name] = process / "root"
    return found


def test_only_the_clouds_memory_holds_secrets_among_the_labs_files(running: RunningLab, needles) -> None:
    leaks = {path.name: found for path in files_below(running.folder) if (found := found_in(read(path), needles))}

    assert set(leaks) == {"store.db"}
    assert set(leaks["store.db"]) >= {name for name in needles.values() if "#" in name}, (
        "the search finds what is there"
    )
    assert stat.S_IMODE((running.folder / "store.db").stat().st_mode) == 0o600


def test_what_up_printed_holds_no_secret(running: RunningLab, needles) -> None:
    assert not found_in(running.said.encode(), needles)


def test_no_process_of_the_lab_has_a_secret_in_its_arguments_or_environment(running: RunningLab, needles) -> None:
    seen = processes()
    leaks = {
        read(process / "cmdline"): found
        for process in seen
        if (found := found_in(read(process / "cmdline") + b"\0" + read(process / "environ"), needles))
    }

    assert len(seen) > len(ROUTERS) * 5
    assert not leaks


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_keeps_secrets_only_where_they_must_be_and_for_root_alone(running, needles, router) -> None:
    (root,) = (root for name, root in roots().items() if router in name or name in running.on(router, "hostname"))
    holding = {}
    for folder in WRITABLE:
        for path in files_below(root / folder):
            if found_in(read(path), needles):
                holding["/" + os.fspath(path.relative_to(root))] = stat.S_IMODE(path.stat().st_mode)

    assert any(path.startswith("/var/lib/flets-to-vpc/keys/") for path in holding), "the search finds what is there"
    assert not [path for path in holding if not any(re.fullmatch(allowed, path) for allowed in ALLOWED)]
    assert set(holding.values()) == {0o600}


@pytest.mark.parametrize("router", ROUTERS)
def test_a_routers_journal_holds_no_secret(running: RunningLab, needles, router: str) -> None:
    journal = running.on(router, "journalctl --no-pager --output=export")

    assert "flets-to-vpc-boot.service" in journal
    assert not found_in(journal.encode(), needles)

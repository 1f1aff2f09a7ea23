"""Each rendered file is read by the program it is for: valid text is another claim than expected text.

All programs read a router's files one after another, in one network namespace that has the router's NICs.
What FRR and nftables make of theirs is for test_frr_reload.py and test_nftables_packets.py.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.render.stack import DRAWN, STACKS, files_of, plan_of
from topology import ROUTERS

pytestmark = pytest.mark.netns


@dataclass(frozen=True)
class Read:
    """What a program said of the files it read."""

    status: int
    out: str
    err: str


@cache
def read(stack: str, router: str) -> dict[str, Read]:
    """What every program says of a router's files, by program."""
    with TemporaryDirectory() as folder:
        for path, file in files_of(stack, router).items():
            target = Path(folder, path.lstrip("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.content)
            target.chmod(file.mode)
        script = Path(__file__).with_name("read_files.sh")
        done = subprocess.run(
            ["unshare", "--net", "--mount", script, folder], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said = Path(folder, "said")
        return {
            path.stem: Read(
                int(path.read_text()), path.with_suffix(".out").read_text(), path.with_suffix(".err").read_text()
            )
            for path in said.glob("*.status")
        }


EVERY_STACK = pytest.mark.parametrize("stack", [*STACKS, *DRAWN])
EVERY_ROUTER = pytest.mark.parametrize("router", ROUTERS)


@EVERY_STACK
@EVERY_ROUTER
def test_frr_reads_its_file(stack: str, router: str) -> None:
    """vtysh exits with 2 on a line that no daemon knows."""
    frr = read(stack, router)["frr"]

    assert frr.status == 0, frr.out + frr.err


@EVERY_STACK
@EVERY_ROUTER
def test_nftables_reads_its_file(stack: str, router: str) -> None:
    nftables = read(stack, router)["nftables"]

    assert (nftables.status, nftables.err) == (0, "")


@EVERY_STACK
@pytest.mark.parametrize("router", ["sakura-a", "sakura-b"])
def test_keepalived_reads_its_file(stack: str, router: str) -> None:
    keepalived = read(stack, router)["keepalived"]

    assert keepalived.status == 0, keepalived.out + keepalived.err


@EVERY_STACK
@EVERY_ROUTER
def test_addresses_may_be_set_again_without_harm(stack: str, router: str) -> None:
    first, again, seen = (read(stack, router)[name] for name in ("addresses", "addresses-again", "loopback"))

    assert (first.status, first.err) == (again.status, again.err) == (0, "")
    assert f"{plan_of(stack).routers[router].loopback}/32" in seen.out


@EVERY_STACK
@EVERY_ROUTER
def test_the_kernel_takes_every_setting(stack: str, router: str) -> None:
    sysctl, late = read(stack, router)["sysctl"], read(stack, router)["a-late-device"]

    assert (sysctl.status, sysctl.err) == (0, "")
    assert (late.out.split(), late.err) == (["0", "0"], "")


@EVERY_STACK
@EVERY_ROUTER
def test_wg_quick_reads_its_files(stack: str, router: str) -> None:
    """`wg-quick strip` leaves what `wg syncconf` takes: no line of wg-quick's own."""
    interfaces = [path for path in files_of(stack, router) if path.startswith("/etc/wireguard/")]
    stripped = {name: done for name, done in read(stack, router).items() if name.startswith("wg-")}

    assert len(stripped) == len(interfaces)
    for done in stripped.values():
        assert done.err == ""
        assert {line.split(" = ")[0] for line in done.out.splitlines() if " = " in line} == {
            *("ListenPort", "PublicKey", "Endpoint", "AllowedIPs"),
        }


@EVERY_STACK
@EVERY_ROUTER
def test_systemd_reads_the_drop_in(stack: str, router: str) -> None:
    """systemd-analyze exits with 0 on unknown keys: its standard error says what it thinks."""
    systemd = read(stack, router)["systemd"]

    assert (systemd.status, systemd.err) == (0, "")

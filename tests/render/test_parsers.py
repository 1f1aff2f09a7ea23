"""Each rendered file is read by the program it is for: valid text is another claim than expected text.

What FRR and nftables make of theirs is for test_frr_reload.py and test_nftables_packets.py.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.render.stack import ADDRESSES, DRAWN, FRR, KEEPALIVED, NFTABLES, STACKS, SYSCTL, UNITS, files, plan_of, text
from topology import ROUTERS

pytestmark = pytest.mark.lab

INTERFACES = "ip link set lo up && ip tuntap add closed mode tun && ip tuntap add internet mode tun"


def isolated(script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Runs a script in a network namespace that has a router's NICs."""
    return subprocess.run(
        ["unshare", "--net", "--mount", "bash", "-euc", f"{INTERFACES} && {script}", "bash", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def written(folder: Path, stack: str, router: str, path: str, name: str) -> Path:
    file = folder / name
    file.write_text(text(plan_of(stack), router, path))
    return file


EVERY_STACK = pytest.mark.parametrize("stack", [*STACKS, *DRAWN])


@EVERY_STACK
@pytest.mark.parametrize("router", ROUTERS)
def test_frr_reads_its_file(stack: str, router: str, tmp_path: Path) -> None:
    """vtysh exits with 2 on a line that no daemon knows."""
    done = isolated('vtysh -C -f "$1"', written(tmp_path, stack, router, FRR, "frr.conf"))

    assert done.returncode == 0, done.stdout + done.stderr


@EVERY_STACK
@pytest.mark.parametrize("router", ROUTERS)
def test_nftables_reads_its_file(stack: str, router: str, tmp_path: Path) -> None:
    done = isolated('nft --check --file "$1"', written(tmp_path, stack, router, NFTABLES, "nftables.conf"))

    assert (done.returncode, done.stderr) == (0, "")


@EVERY_STACK
@pytest.mark.parametrize("router", ["sakura-a", "sakura-b"])
def test_keepalived_reads_its_file(stack: str, router: str, tmp_path: Path) -> None:
    file = written(tmp_path, stack, router, KEEPALIVED, "keepalived.conf")
    done = isolated(
        'ip link set closed up && mount -t tmpfs none /run && mkdir /run/flets-to-vpc && keepalived -t -f "$1"', file
    )

    assert done.returncode == 0, done.stdout + done.stderr


@EVERY_STACK
@pytest.mark.parametrize("router", ROUTERS)
def test_addresses_may_be_set_again_without_harm(stack: str, router: str, tmp_path: Path) -> None:
    file = written(tmp_path, stack, router, ADDRESSES, "addresses.ip")
    done = isolated('ip -force -batch "$1" && ip -force -batch "$1" && ip -brief address show dev lo', file)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"{plan_of(stack).routers[router].loopback}/32" in done.stdout


@EVERY_STACK
def test_the_kernel_takes_every_setting(stack: str, tmp_path: Path) -> None:
    file = written(tmp_path, stack, "aws-a", SYSCTL, "sysctl.conf")
    later = "ip tuntap add wg-late mode tun && sysctl -n net.ipv4.conf.wg-late.rp_filter net.ipv4.conf.closed.rp_filter"
    done = isolated(f'sysctl --quiet --load "$1" && {later}', file)

    assert (done.stdout.split(), done.stderr) == (["0", "0"], "")


@EVERY_STACK
@pytest.mark.parametrize("router", ROUTERS)
def test_wg_quick_reads_its_files(stack: str, router: str, tmp_path: Path) -> None:
    """`wg-quick strip` leaves what `wg syncconf` takes: no line of wg-quick's own."""
    for path, file in files(plan_of(stack), router).items():
        if path.startswith("/etc/wireguard/"):
            conf = tmp_path / Path(path).name
            conf.write_text(file.content)
            conf.chmod(file.mode)
            done = subprocess.run(["wg-quick", "strip", str(conf)], capture_output=True, text=True, check=False)

            assert done.stderr == ""
            assert {line.split(" = ")[0] for line in done.stdout.splitlines() if " = " in line} == {
                *("ListenPort", "PublicKey", "Endpoint", "AllowedIPs"),
            }


@EVERY_STACK
@pytest.mark.parametrize("router", ROUTERS)
def test_systemd_reads_the_drop_in(stack: str, router: str, tmp_path: Path) -> None:
    """systemd-analyze exits with 0 on unknown keys: its standard error says what it thinks."""
    units = tmp_path / "etc/systemd/system"
    drop_in = tmp_path / UNITS.lstrip("/")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(text(plan_of(stack), router, UNITS))
    (units / "flets-to-vpc-path.target").write_text("[Unit]\nDescription=the path\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", f"--root={tmp_path}", "flets-to-vpc-path.target"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")

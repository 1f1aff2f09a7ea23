"""What this machine offers the lab: privileges, packages, kernel features.

Each probe tries the thing itself in a scratch namespace; nothing is concluded from a version or a configuration file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lab.command import run, succeeds
from lab.errors import LabFault, MachineLacks
from lab.supervisor.cgroup import Cgroup, hierarchies
from lab.supervisor.folder import CHECKOUT

PACKAGES_SCRIPT = Path(__file__).parent / "packages.sh"

IN_SCRATCH_NETWORK = ("unshare", "--net", "--")

OVERLAY_ON_TMPFS = (
    "mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/merged && "
    "mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/merged"
)
"""A node's root: an overlay whose upper side is a tmpfs, for an overlay on an overlay root is refused."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Which implementation stands in where the kernel has none; printed with every result."""

    wireguard: Literal["kernel", "wireguard-go"]
    gre: Literal["kernel", "userspace"]


def is_root() -> bool:
    """Whether this process may make namespaces."""
    return os.geteuid() == 0


def can_become_root() -> bool:
    """Whether the lab can run here: as root, or by a sudo that asks nothing."""
    return is_root() or succeeds(["sudo", "-n", "true"])


def become_root(arguments: Sequence[str]) -> None:
    """Goes on as root: replaces this process by the same command under sudo. Raises MachineLacks without sudo."""
    if is_root():
        return
    asks = [] if sys.stdin.isatty() else ["-n"]
    if not asks or can_become_root():
        try:
            # Made by root, it would be closed to all that needs no root and writes there too.
            (CHECKOUT / "build").mkdir(exist_ok=True)
            # sudo has a PATH of its own, without the caller's Pulumi CLI.
            path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
            os.execvp("sudo", ["sudo", *asks, "--", "env", f"PATH={path}", sys.executable, "-m", "lab", *arguments])
        except FileNotFoundError:
            pass
    raise MachineLacks(["root: run as root, or with a sudo that asks no password"])


def install_packages() -> None:
    """Installs the Debian packages that are missing. Raises MachineLacks with the names of those that cannot be."""
    if not Path("/usr/bin/dpkg-query").exists():
        raise MachineLacks(["Debian's package tools: the lab boots its routers from this machine's own Debian 12"])
    try:
        run([os.fspath(PACKAGES_SCRIPT)], timeout_s=900)
    except LabFault as fault:
        raise MachineLacks([str(fault).rsplit("lacks ", 1)[-1]]) from fault


def probe() -> Tools:
    """The tools for this kernel. Raises MachineLacks with every feature that has no stand-in."""
    lacks = [*_missing_features(), *_missing_cgroups()]
    if lacks:
        raise MachineLacks(lacks)
    wireguard = _has_link("wg-probe", "wireguard")
    gre = _has_link("gre-probe", "gre", "local", "192.0.2.1", "remote", "192.0.2.2")
    if not (wireguard and gre) and not Path("/dev/net/tun").exists():
        raise MachineLacks(
            ["/dev/net/tun: the kernel has no WireGuard or no GRE, and their stand-ins need it (modprobe tun)"]
        )
    return Tools(wireguard="kernel" if wireguard else "wireguard-go", gre="kernel" if gre else "userspace")


def _works(argv: Sequence[str]) -> bool:
    """Whether a probe succeeds. Raises MachineLacks when it does not end: the feature may well be there."""
    try:
        return succeeds(argv)
    except LabFault as fault:
        raise MachineLacks([f"time ({fault}): end what else runs here, and try again"]) from fault


def _has_link(name: str, kind: str, *options: str) -> bool:
    """Whether the kernel can make this kind of network device, tried in a namespace that ends with the command."""
    return _works([*IN_SCRATCH_NETWORK, "ip", "link", "add", name, "type", kind, *options])


def _missing_features() -> list[str]:
    """Kernel features that nothing can stand in for."""
    tried = {
        "namespaces (unshare is refused: a container needs --privileged)": _works(["unshare", "-mnpfuiC", "true"]),
        "veth network devices (CONFIG_VETH)": _has_link("veth-probe", "veth"),
        "bridges (CONFIG_BRIDGE)": _has_link("br-probe", "bridge"),
        "nftables (CONFIG_NF_TABLES)": _works([*IN_SCRATCH_NETWORK, "nft", "add", "table", "ip", "probe"]),
        "overlay file systems on tmpfs (CONFIG_OVERLAY_FS)": _works(
            ["unshare", "--mount", "sh", "-c", OVERLAY_ON_TMPFS]
        ),
        "real-time priority (chrt -f 1 true is refused here)": _works(["chrt", "-f", "1", "true"]),
    }
    return [feature for feature, works in tried.items() if not works]


def _missing_cgroups() -> list[str]:
    """What the nodes' systemd needs of this host's cgroups."""
    if not hierarchies():
        return ["cgroups for systemd: neither /sys/fs/cgroup/systemd nor a cgroup2 mount is there"]
    group = Cgroup(f"flets-to-vpc-probe-{os.getpid()}")
    try:
        group.create()
        if not group.succeeds_inside(["chrt", "-f", "1", "true"]):
            return [f"real-time priority inside a cgroup ({group.name}): RT_GROUP_SCHED gives a new group none"]
    except OSError as fault:
        return [f"writable cgroups for systemd: {fault}"]
    finally:
        group.remove()
    return []

"""What every node of a lab boots from: the image's files over this machine's packages, and the lab's differences."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from lab.command import run
from lab.errors import MachineLacks
from lab.machine import Tools
from lab.nodes import differences, layers
from lab.nodes.layers import Folder

CHECKOUT = Path(__file__).resolve().parent.parent.parent

KEPT_AT_ROOT = frozenset({"usr", "etc", "bin", "sbin", "lib", "lib32", "lib64", "libx32"})
"""Of this machine's root folder; homes, data and state of the host are no part of an image."""

KEPT_IN_ETC = frozenset(
    {
        "adduser.conf", "alternatives", "bash.bashrc", "bindresvport.blacklist", "ca-certificates",
        "ca-certificates.conf", "dbus-1", "debian_version", "default", "deluser.conf", "dpkg", "frr",
        "gai.conf", "group", "host.conf", "inputrc", "iproute2", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
        "localtime", "login.defs", "magic", "magic.mime", "mime.types", "modprobe.d", "mtab", "nanorc",
        "nsswitch.conf", "os-release", "pam.conf", "pam.d", "passwd", "profile", "profile.d", "protocols",
        "rpc", "security", "selinux", "services", "shells", "skel", "ssl", "terminfo", "timezone", "vim",
        "xattr.conf",
    }
)  # fmt: skip
"""What Debian's packages put there and nobody edits for one machine; the rest is the host's own business."""

FOLDERS = (
    *(Folder(path=path) for path in ("proc", "sys", "dev", "run", "home", "media", "mnt", "opt", "srv")),
    Folder(path="root", mode=0o700),
    Folder(path="tmp", mode=0o1777),
    *(Folder(path=f"usr/local/{name}") for name in ("bin", "sbin", "lib", "share")),
    *(Folder(path=f"var/{name}") for name in ("cache", "lib", "log", "spool")),
    Folder(path="var/tmp", mode=0o1777),
    Folder(path="etc/wireguard", mode=0o700),
    Folder(path="etc/keepalived"),
    Folder(path="etc/frr", mode=0o750, owner="frr"),
    Folder(path="var/log/frr", mode=0o750, owner="frr"),
)
"""As Debian's packages make them."""

MASK, PACKAGES, LAB = "mask", "image", "lab"


@dataclass(frozen=True, kw_only=True)
class Image:
    """The layers that all nodes share, and the folder that holds theirs."""

    directory: Path
    """A tmpfs of the lab's own mount namespace."""
    hosts: Mapping[str, IPv4Address]
    """Names that /etc/hosts knows: there is no DNS in the lab."""

    @property
    def shared_layers(self) -> tuple[str, ...]:
        """Names of the layers in `directory`, topmost first; this machine's `/` comes below them."""
        return LAB, PACKAGES, MASK


def prepare(directory: Path, *, tools: Tools, ca: Path, hosts: Mapping[str, IPv4Address]) -> Image:
    """Makes the layers on a tmpfs that it mounts at `directory`; `ca` is the lab's certificate authority (PEM).

    Raises MachineLacks when this machine's files cannot be a lower layer, LabFault when the mount fails.
    """
    _refuse_separate_file_systems()
    directory.mkdir(parents=True, exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "mode=0700,size=64m", "flets-to-vpc-nodes", os.fspath(directory)])
    for name in (MASK, PACKAGES, LAB):
        layers.make_folder(directory / name)
    _hide_the_host(directory / MASK)
    _lay_image(directory / PACKAGES)
    differences.lay(directory / LAB, tools=tools, ca_pem=ca.read_text())
    return Image(directory=directory, hosts=hosts)


def _refuse_separate_file_systems() -> None:
    separate = [path for path in ("/usr", "/etc", "/var") if os.path.ismount(path)]
    if separate:
        raise MachineLacks(
            [f"{path} on the root file system: an overlay over / does not see other mounts" for path in separate]
        )


def _hide_the_host(layer: Path) -> None:
    layers.hide_all_but(layer, "", KEPT_AT_ROOT)
    layers.hide_all_but(layer, "etc", KEPT_IN_ETC, prefixes=("python3",))
    layers.hide_all_but(layer, "etc/frr", {"vtysh.conf", "support_bundle_commands.conf"})
    layers.hide_all_but(layer, "usr", set(os.listdir("/usr")) - {"local"})
    layers.hide_all_but(layer, "etc/ssl", {"certs", "openssl.cnf"})


def _lay_image(layer: Path) -> None:
    layers.copy_tree(CHECKOUT / "images" / "rootfs", layer)
    layers.copy_tree(CHECKOUT / "router", layer / "usr/lib/flets-to-vpc/router")
    layers.lay_folders(layer, FOLDERS)
    layers.write(layer, "etc/machine-id", "")
    for name, target in (("var/run", "/run"), ("var/lock", "/run/lock")):
        layers.link(layer, name, target)

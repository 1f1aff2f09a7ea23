"""All that a node of the lab has and a real router has not; `STAND_INS` is shown with every result."""

from __future__ import annotations

from pathlib import Path

from lab.machine import Tools
from lab.nodes import layers

HERE = Path(__file__).resolve().parent
PLACE = "usr/lib/flets-to-vpc-lab"
"""Where the lab's own programs lie on a node."""

STAND_INS = (
    "names of AWS's services: /etc/hosts instead of DNS, and a certificate authority of the lab's own",
    "amazon-ssm-agent: a stand-in that registers, refreshes root's credentials and runs what AWS sends",
    "journald: in memory only; no udevd, timesyncd, logind, getty",
)

MASKED_UNITS = (
    # They would change the host's kernel, clock, devices or random pool.
    *(f"systemd-{name}.service" for name in (
        "udevd", "udev-trigger", "timesyncd", "sysctl", "modules-load", "binfmt", "random-seed", "remount-fs", "repart",
        "tmpfiles-setup-dev", "pcrphase", "pcrphase-sysinit", "resolved", "pstore",
    )),
    "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-journald-audit.socket",
    "kmod-static-nodes.service", "proc-sys-fs-binfmt_misc.automount", "dev-hugepages.mount", "dev-mqueue.mount",
    *(f"sys-{name}.mount" for name in ("kernel-config", "kernel-debug", "kernel-tracing", "fs-fuse-connections")),
    # They have nobody to serve: no console, no login, no disk that outlives the node.
    *(f"systemd-{name}.service" for name in (
        "logind", "firstboot", "hwdb-update", "journal-catalog-update", "journal-flush", "machine-id-commit",
        "sysusers", "update-utmp", "update-utmp-runlevel", "update-done",
    )),
    "ldconfig.service", "systemd-ask-password-console.path", "systemd-ask-password-wall.path", "getty.target",
    "console-getty.service", "dbus.service", "dbus.socket", "systemd-tmpfiles-clean.timer",
)  # fmt: skip

CA_PATH = "etc/ssl/certs/ca-certificates.crt"
"""Debian's trust store, which boto3 and OpenSSL read; the lab's CA is all that is in it."""

USERSPACE_GRE = HERE.parent / "fabric" / "gre.py"


def lay(layer: Path, *, tools: Tools, ca_pem: str) -> None:
    """Writes the layer of the lab's differences."""
    layers.copy_tree(HERE / "rootfs", layer)
    layers.copy_tree(HERE / "ssm_agent", layer / PLACE / "ssm_agent")
    for unit in MASKED_UNITS:
        layers.link(layer, f"etc/systemd/system/{unit}", "/dev/null")
    layers.link(layer, "etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target")
    layers.write(layer, CA_PATH, ca_pem)
    layers.link(layer, "usr/lib/ssl/cert.pem", f"/{CA_PATH}")
    layers.write(layer, "etc/resolv.conf", "")
    if tools.gre == "userspace":
        layers.copy_tree(HERE / "rootfs-userspace-gre", layer)
        layers.write(layer, f"{PLACE}/gre.py", USERSPACE_GRE.read_text())

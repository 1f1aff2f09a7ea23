"""Kernel settings of a router: `/etc/sysctl.d/60-flets-to-vpc.conf`."""

from __future__ import annotations

from dataclasses import dataclass

from render.files import RenderedFile, render


@dataclass(frozen=True, kw_only=True)
class SysctlContext:
    """The words of `sysctl/60-flets-to-vpc.conf.j2`: it forwards alike on every router."""


def sysctl_file() -> RenderedFile:
    """The kernel settings, `net.*` only, so that they stay inside the router's own network namespace."""
    return render("/etc/sysctl.d/60-flets-to-vpc.conf", "sysctl/60-flets-to-vpc.conf.j2", SysctlContext())

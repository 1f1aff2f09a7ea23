"""What the path's target starts on this router: a drop-in, `50-units.conf`."""

from __future__ import annotations

from dataclasses import dataclass

from render.files import RenderedFile, render
from topology.plan import Plan


@dataclass(frozen=True, kw_only=True)
class UnitsContext:
    """The words of `systemd/50-units.conf.j2`."""

    wants: tuple[str, ...]


def units_file(plan: Plan, router: str) -> RenderedFile:
    """The units that differ from router to router; those that every router has are in the image's target."""
    tunnels = tuple(f"wg-quick@{tunnel.end(router).interface}.service" for tunnel in plan.tunnels_of(router))
    other = {"aws": "flets-to-vpc-gre.service", "sakura": "keepalived.service"}[plan.routers[router].cloud]
    return render(
        "/etc/systemd/system/flets-to-vpc-path.target.d/50-units.conf",
        "systemd/50-units.conf.j2",
        UnitsContext(wants=(*tunnels, other)),
    )

"""Turns a plan into the files each router boots.

It is pure: the same plan and the same live values give the same bytes.
The words are in `templates/`, named as on the router; every decision is made in the Python beside them.
"""

from __future__ import annotations

from render.addresses import addresses_file
from render.agent import agent_file
from render.bundle import bundle
from render.files import RenderedFile
from render.frr import frr_file
from render.gre import gre_file
from render.keepalived import keepalived_file
from render.live import Live
from render.nftables import nftables_file
from render.sysctl import sysctl_file
from render.systemd import units_file
from render.wireguard import wireguard_files
from topology.plan import Plan

__all__ = ["Live", "RenderedFile", "bundle", "router_files"]


def router_files(plan: Plan, router: str, live: Live) -> tuple[RenderedFile, ...]:
    """Every file one router boots, sorted by path.

    Raises KeyError when the plan has no such router, or `live` lacks an address or key of a router it has a tunnel to.
    """
    is_aws = plan.routers[router].cloud == "aws"
    files = (
        sysctl_file(),
        addresses_file(plan, router),
        nftables_file(plan, router, live),
        *wireguard_files(plan, router, live),
        gre_file(plan, router) if is_aws else keepalived_file(plan, router),
        frr_file(plan, router),
        units_file(plan, router),
        agent_file(plan, router, live),
    )
    return tuple(sorted(files, key=lambda file: file.path))

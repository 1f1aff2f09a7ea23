"""The virtual address that routed sites are sent to: `/etc/keepalived/keepalived.conf`, on Sakura only."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from render.files import RenderedFile, render
from render.sides import CLOSED
from topology.plan import Plan

DEMOTION_MARGIN = 10
"""How far below the sibling's a demoted router's priority falls."""


@dataclass(frozen=True, kw_only=True)
class KeepalivedContext:
    """The words of `keepalived/keepalived.conf.j2`."""

    router_id: str
    interface: str
    virtual_router_id: int
    priority: int
    advert_int: str
    """Seconds."""
    unicast_src_ip: IPv4Address
    unicast_peer: IPv4Address
    virtual_ipaddress: IPv4Interface
    demotion_weight: int
    """Negative; added to the priority as often as the path file says."""


def keepalived_file(plan: Plan, router: str) -> RenderedFile:
    """Who holds the virtual address: the sibling with the better path, and sakura-a of two equal ones."""
    network = plan.closed_network
    place = plan.sakura_places[router]
    context = KeepalivedContext(
        router_id=router,
        interface=CLOSED,
        virtual_router_id=network.vrid,
        priority=place.vrrp_priority,
        advert_int=f"{plan.timers.vrrp_advert_ms / 1000:g}",
        unicast_src_ip=place.closed_address.ip,
        unicast_peer=plan.sakura_places[plan.routers[router].sibling].closed_address.ip,
        virtual_ipaddress=IPv4Interface(f"{network.virtual_ip}/{network.cidr.prefixlen}"),
        demotion_weight=-_demotion(plan),
    )
    return render("/etc/keepalived/keepalived.conf", "keepalived/keepalived.conf.j2", context)


def _demotion(plan: Plan) -> int:
    """Enough to fall below a sibling that is a step better, and little enough that two broken routers have one holder.

    keepalived gives up the address altogether at a priority of 0 or a weight of -254 and less.
    """
    priorities = [place.vrrp_priority for place in plan.sakura_places.values()]
    return max(priorities) - min(priorities) + DEMOTION_MARGIN

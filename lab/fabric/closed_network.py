"""The closed network and its sites: the outside world, which no cloud holds."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from lab.fabric import names
from lab.fabric.blueprint import NEXT_HOP, Address, Blueprint, End, Link, Namespace, Program, Route, link_part
from lab.fabric.inventory import SiteHost
from lab.fabric.sakura import MTU_BYTES, SWITCH_NETNS
from lab.fabric.sakura_wiring import bridge
from lab.fabric.template import fill
from lab.world import Site, World

GATEWAY_NETNS = "closed-gateway"
GATEWAY_PORT = "closed-gateway"
CLOSED_DEVICE, LAN_DEVICE = "closed", "lan"
REASONS = {"site_to_site": "iifname", "turned_back": "iifname"}
"""Why the closed network's gateway drops a packet, counted by the device it came by."""
_FRR = Path("/usr/lib/frr")
_FRR_USER = "frr"
_USUAL_HOST = 10
_SMALLEST_USUAL_NETWORK = 16


def site_host(site: Site) -> SiteHost:
    """The site's host with its addresses."""
    return SiteHost(
        name=site.name,
        netns=f"site-{names.label(site.name)}",
        prefixes=site.prefixes,
        addresses=tuple(_address_in(prefix) for prefix in site.prefixes),
        is_bgp=site.bgp is not None,
    )


def _address_in(prefix: IPv4Network) -> IPv4Address:
    """An address that is neither the network's nor the broadcast's, as far as the prefix has others."""
    return prefix[_USUAL_HOST if prefix.num_addresses >= _SMALLEST_USUAL_NETWORK else prefix.num_addresses // 2]


def closed_network_part(world: World, run_dir: Path) -> Blueprint:
    """The gateway on the Flets switch, and every site."""
    sites = [_bgp_site(world, site, run_dir) if site.bgp else _routed_site(site) for site in world.sites]
    return Blueprint.join([_gateway(world), *sites])


def site_device(site: Site) -> str:
    """A site's port: on the gateway for a routed site, on the switch for one that speaks BGP."""
    return names.device("site", site.name)


def _end(netns: str, device: str, bridge_name: str | None = None) -> End:
    return End(netns=netns, device=device, mac=names.mac(netns, device), mtu_bytes=MTU_BYTES, bridge=bridge_name)


def _gateway(world: World) -> Blueprint:
    closed = world.closed_network
    ports = ", ".join(f'"{site_device(site)}"' for site in world.sites if site.bgp is None)
    space = Namespace(
        name=GATEWAY_NETNS,
        is_router=True,
        addresses=(Address(device=CLOSED_DEVICE, address=f"{closed.gateway}/{closed.cidr.prefixlen}"),),
        routes=(Route(destination="default", device=CLOSED_DEVICE, via=str(closed.virtual_ip)),),
        ruleset=fill("closed-gateway.nft.j2", reasons=REASONS, sites=ports),
    )
    port = _end(SWITCH_NETNS, GATEWAY_PORT, bridge(closed.switch_id))
    return Blueprint(namespaces=(space,), links=(Link(near=port, far=_end(GATEWAY_NETNS, CLOSED_DEVICE)),))


def _routed_site(site: Site) -> Blueprint:
    host, port = site_host(site), site_device(site)
    there = Namespace(
        name=host.netns,
        addresses=tuple(Address(device=LAN_DEVICE, address=f"{address}/32") for address in host.addresses),
        routes=(Route(destination="default", device=LAN_DEVICE, via=NEXT_HOP),),
    )
    here = Namespace(
        name=GATEWAY_NETNS,
        routes=tuple(Route(destination=str(prefix), device=port, via=NEXT_HOP) for prefix in site.prefixes),
    )
    link = Link(near=_end(GATEWAY_NETNS, port), far=_end(host.netns, LAN_DEVICE))
    return Blueprint.join([link_part(link), Blueprint(namespaces=(there, here))])


def _bgp_site(world: World, site: Site, run_dir: Path) -> Blueprint:
    closed, host = world.closed_network, site_host(site)
    if site.bgp is None:
        raise ValueError(f"site {site.name} speaks no BGP")
    others = sorted({prefix for other in world.sites if other != site for prefix in other.prefixes})
    space = Namespace(
        name=host.netns,
        is_router=True,
        addresses=(
            Address(device=CLOSED_DEVICE, address=f"{site.bgp.address}/{closed.cidr.prefixlen}"),
            *(Address(device="lo", address=f"{address}/32") for address in host.addresses),
        ),
        # The routers must refuse these: sites do not reach sites.
        routes=tuple(
            Route(destination=str(prefix), device=CLOSED_DEVICE, via=str(closed.virtual_ip)) for prefix in others
        ),
    )
    port = _end(SWITCH_NETNS, site_device(site), bridge(closed.switch_id))
    link = Link(near=port, far=_end(host.netns, CLOSED_DEVICE))
    return Blueprint(namespaces=(space,), links=(link,), programs=_frr(world, site, host.netns, run_dir / host.netns))


def _frr(world: World, site: Site, netns: str, folder: Path) -> tuple[Program, ...]:
    """FRR's daemons, each with its own file and their sockets in one folder; zebra first, for the others ask it."""
    values = {
        "host_name": netns,
        "asn": site.bgp.asn if site.bgp else 0,
        "address": site.bgp.address if site.bgp else "",
        "neighbors": [world.closed_network.routers[name] for name in sorted(world.closed_network.routers)],
        "router_asn": world.sakura_asn,
        "prefixes": site.prefixes,
    }
    return tuple(
        Program(
            name=f"{daemon}-{netns}",
            netns=netns,
            argv=_daemon_argv(daemon, folder),
            files={str(folder / f"{file}.conf"): fill(f"site-{file}.conf.j2", **values) for file in files},
            owner=_FRR_USER,
            ready_path=str(folder / "zserv.api") if daemon == "zebra" else None,
            is_real_time=daemon == "bfdd",  # it detects; the others can wait for the CPU
        )
        for daemon, files in (("zebra", ("zebra", "vtysh")), ("bfdd", ("bfdd",)), ("bgpd", ("bgpd",)))
    )


def _daemon_argv(daemon: str, folder: Path) -> tuple[str, ...]:
    own = ("--bfdctl", str(folder / "bfdd.sock")) if daemon == "bfdd" else ()
    files = ("-f", str(folder / f"{daemon}.conf"), "-i", str(folder / f"{daemon}.pid"), "-z", str(folder / "zserv.api"))
    return (str(_FRR / daemon), *files, "--vty_socket", str(folder), "-P", "0", "-u", _FRR_USER, "-g", _FRR_USER, *own)

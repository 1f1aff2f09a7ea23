"""Follows the announcement of a prefix against the packets' direction: who is the first that does not know it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

from lab.fabric import FabricState
from lab.fabric.observe import GatewayRoute
from lab.proof.facts import NodeFacts
from lab.proof.hops import WIREGUARD_DEVICE, tunnel_hop
from lab.proof.result import Broken, Layer
from lab.proof.scene import Scene

BLACKHOLE = ("blackhole",)
FROM_CONNECT = "connect"
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918: each of the stack's gateway tables refuses what it knows no narrower route for."""


class Announcements:
    """Who knows the way to a prefix, as routers and gateway tables say themselves."""

    def __init__(self, scene: Scene, facts: Mapping[str, NodeFacts], state: FabricState) -> None:
        self._scene, self._facts, self._state = scene, facts, state

    def findings(self) -> tuple[Broken, ...]:
        """Every prefix that a router's bundle wants reached and that somebody on the way knows no route to."""
        return tuple(found for prefix in self._wanted() for found in self.lost(prefix))

    def _wanted(self) -> list[IPv4Network]:
        return sorted({IPv4Network(prefix) for facts in self._facts.values() for prefix in facts.wanted_prefixes})

    def strays(self) -> tuple[Broken, ...]:
        """Routes of the gateway that lead a part of a prefix elsewhere: packets to the rest of it know nothing."""
        return tuple(found for prefix in self._wanted() for found in self._strays(prefix))

    def _strays(self, prefix: IPv4Network) -> Iterator[Broken]:
        sources = self._promised_vpcs() if self.is_of_site(prefix) else [FROM_CONNECT]
        for table in sorted({self._state.lookups[source] for source in sources if source in self._state.lookups}):
            for route in self._state.tables.get(table, ()):
                is_inside = route.destination != "default" and IPv4Network(route.destination).subnet_of(prefix)
                if is_inside and any(self._leads_astray(prefix, hop) for hop in route.next_hops):
                    part = "" if route.destination == str(prefix) else f", a part of {prefix},"
                    rule = f"{table} leads {route.destination}{part} to {', '.join(route.next_hops)}"
                    yield Broken(hop="gateway", rule=rule, seen="in the gateway's tables")

    def narrowed(self) -> Iterator[Broken]:
        """A Sakura router that reaches a VPC by way of some AWS routers only: the legs of the others stay empty."""
        legs = [name for name in self._scene.routers if name.startswith("aws-")]
        for name, facts in sorted(self._facts.items()):
            for prefix in map(str, self._wanted()):
                ways = [
                    match[1] for device in facts.ways.get(prefix, ()) if (match := WIREGUARD_DEVICE.fullmatch(device))
                ]
                for leg in (leg for leg in legs if name.startswith("sakura-") and ways and leg not in ways):
                    rule = f"{self._scene.resource(name)}: sends nothing for {prefix} to {leg}"
                    seen = f"its route leads to {', '.join(sorted(set(ways)))} alone"
                    needs = ((leg,), (f"gre:{leg}",), (tunnel_hop(name, leg),))
                    yield Broken(hop=name, rule=rule, seen=seen, layer=Layer.ROUTE, needs=needs)

    def _leads_astray(self, prefix: IPv4Network, next_hop: str) -> bool:
        """Sites are behind the legs to the routers, and a prefix that a VPC has is in that VPC."""
        if self.is_of_site(prefix):
            return not next_hop.startswith("gre:")
        holders = [vpc.name for vpc in self._scene.fabric.vpcs if any(prefix.overlaps(cidr) for cidr in vpc.cidrs)]
        return next_hop not in [f"vpc:{name}" for name in holders] if holders else not next_hop.startswith("vpc:")

    def way(self, source: str, address: IPv4Address) -> str:
        """The gateway's route that packets from a VPC, or from a site, to an address follow; empty without one."""
        table = self._state.lookups.get(source if source.startswith("vpc:") else FROM_CONNECT, "")
        routes = [route for route in self._state.tables.get(table, ()) if route.destination != "default"]
        fitting = [route for route in routes if address in IPv4Network(route.destination)]
        best = max(fitting, key=lambda route: IPv4Network(route.destination).prefixlen, default=None)
        return f"{table} leads {best.destination} to {', '.join(best.next_hops)}" if best else ""

    def unrefused(self) -> tuple[Broken, ...]:
        """Private ranges that a gateway table does not refuse: a route announced by mistake would be followed."""
        return tuple(
            Broken(
                hop="gateway",
                rule=f"{table} has no blackhole for {private}",
                seen=self._led(table, private) or "in the gateway's tables",
                layer=Layer.RECORD,
            )
            for table in sorted(self._scene.outputs["gateway_route_table_ids"].values())
            for private in PRIVATE
            if GatewayRoute(destination=str(private), next_hops=BLACKHOLE) not in self._state.tables.get(table, ())
        )

    def _led(self, table: str, prefix: IPv4Network) -> str:
        found = [route for route in self._state.tables.get(table, ()) if route.destination == str(prefix)]
        return "".join(f"it leads {prefix} to {', '.join(route.next_hops)}" for route in found)

    def lost(self, prefix: IPv4Network) -> tuple[Broken, ...]:
        """Where the announcement of a prefix ends; nothing when all know it."""
        is_of_site = self.is_of_site(prefix)
        of_vpc = (self._connect, self._aws, self._sakura, self._sites)
        steps = (self._sakura, self._aws, self._vpcs) if is_of_site else of_vpc
        return next((found for step in steps if (found := tuple(step(prefix)))), ())

    def is_of_site(self, prefix: IPv4Network) -> bool:
        """Whether it is a site's, so that its announcement comes from the closed network."""
        return any(prefix.overlaps(known) for site in self._scene.world.sites for known in site.prefixes)

    def announced(self, address: IPv4Address) -> IPv4Network:
        """The prefix that should be known for an address: one that routers want, or the address itself."""
        return next((prefix for prefix in self._wanted() if address in prefix), IPv4Network(address))

    def _connect(self, prefix: IPv4Network) -> Iterator[Broken]:
        yield from self._gateway(FROM_CONNECT, prefix)

    def _vpcs(self, prefix: IPv4Network) -> Iterator[Broken]:
        for source in self._promised_vpcs():
            yield from self._gateway(source, prefix)

    def _promised_vpcs(self) -> list[str]:
        """Where packets come from that go to sites."""
        promised = self._scene.outputs["vpc_attachment_ids"]
        # A VPC may be called like the Connect attachment's source.
        return [source for source in sorted(self._state.lookups) if source in {f"vpc:{name}" for name in promised}]

    def _gateway(self, source: str, prefix: IPv4Network) -> Iterator[Broken]:
        """The table that packets from there are looked up in."""
        table = self._state.lookups.get(source)
        routes = [r for r in self._state.tables.get(table or "", ()) if r.next_hops != BLACKHOLE]
        if table and not _covers((route.destination for route in routes), prefix):
            rule = f"{table} has no route to {prefix}, which packets from {source} look up there"
            holders = [id_ for id_ in self._state.tables if id_ != table and self._holds(id_, prefix)]
            seen = f"in the gateway's tables; {', '.join(holders) or 'no table'} has one"
            legs = tuple(f"gre:{name}" for name in self._scene.routers if name.startswith("aws-"))
            needs = (legs,) if self.is_of_site(prefix) else ()
            yield Broken(hop="gateway", rule=rule, seen=seen, layer=Layer.ROUTE, needs=needs)

    def _holds(self, table: str, prefix: IPv4Network) -> bool:
        return _covers((r.destination for r in self._state.tables[table] if r.next_hops != BLACKHOLE), prefix)

    def _aws(self, prefix: IPv4Network) -> Iterator[Broken]:
        yield from self._routers("aws-", prefix)

    def _sakura(self, prefix: IPv4Network) -> Iterator[Broken]:
        yield from self._routers("sakura-", prefix)

    def _sites(self, prefix: IPv4Network) -> Iterator[Broken]:
        """Sites that speak BGP have no default route: they know what the Sakura routers tell them."""
        for site, routes in sorted(self._state.site_routes.items()):
            if not _covers(routes, prefix):
                yield Broken(
                    hop=f"site:{site}",
                    rule=f"site:{site}: has no route to {prefix}",
                    seen="in the site's own table",
                    layer=Layer.ROUTE,
                    needs=(tuple(name for name in self._scene.routers if name.startswith("sakura-")),),
                )

    def _routers(self, kind: str, prefix: IPv4Network) -> Iterator[Broken]:
        for name, facts in sorted(self._facts.items()):
            if name.startswith(kind) and facts.has_bundle and not _covers(facts.routes, prefix):
                rule = f"{self._scene.resource(name)}: has no route to {prefix}"
                yield Broken(
                    hop=self._hop(name, prefix),
                    rule=rule,
                    seen="in the router's own table",
                    layer=Layer.ROUTE,
                    needs=self._tellers(name, prefix),
                )

    def _tellers(self, router: str, prefix: IPv4Network) -> tuple[tuple[str, ...], ...]:
        """The links that this router hears of a prefix by."""
        if router.startswith("aws-") and not self.is_of_site(prefix):
            return ((f"gre:{router}",),)
        far = "sakura-" if router.startswith("aws-") else "aws-"
        if router.startswith("sakura-") and self.is_of_site(prefix):
            return ((router,),)
        return (tuple(tunnel_hop(router, other) for other in self._scene.routers if other.startswith(far)),)

    def _hop(self, router: str, prefix: IPv4Network) -> str:
        """A site that should announce it itself, or the router."""
        for site in self._scene.world.sites:
            if router.startswith("sakura-") and site.bgp and any(prefix.overlaps(own) for own in site.prefixes):
                return f"site:{site.name}"
        return router


def _covers(routes: Iterable[str], prefix: IPv4Network) -> bool:
    """Whether one of these routes holds all of a prefix; the default route says nothing of anybody."""
    networks = (IPv4Network(route) for route in routes if route not in ("default", "0.0.0.0/0"))
    return any(prefix.subnet_of(network) for network in networks)

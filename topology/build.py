"""Builds the plan of a stack from what was stated."""

from __future__ import annotations

from ipaddress import IPv4Interface

from topology import addressing, intake, notes, plan, rules, timers, vpcs
from topology.announced import summaries_of
from topology.model import Intent, StatedExistingVpc, StatedSite, StatedVpc, prefixes_of, zones_of
from topology.packet_size import USABLE_MSS, USABLE_MTU
from topology.plan import ROUTERS, Plan
from topology.problems import PlanError
from topology.reading import PRIVATE

VRRP_PRIORITIES = {"sakura-a": 200, "sakura-b": 150}


def make_plan(intent: Intent) -> Plan:
    """The complete plan. Raises PlanError with every problem when what was stated cannot be built."""
    found = rules.check(intent)
    if found:
        raise PlanError(map(intake.names_of(intent).problem, found))
    router_vpc = addressing.router_vpc(intent.aws, intent.overlay_cidr)
    places = _aws_places(router_vpc)
    return Plan(
        region=intent.region,
        sakura_zone=intent.sakura_zone,
        account_id=intent.aws.account_id,
        overlay_cidr=intent.overlay_cidr,
        vpc_pool=tuple(sorted(intent.vpc_pool)),
        routers={name: _router(intent, name) for name in ROUTERS},
        tunnels=addressing.tunnels(intent.overlay_cidr, intent.wireguard_base_port, intent.key_generation),
        aws_places=places,
        sakura_places=_sakura_places(intent),
        connect_peers={
            router: addressing.connect_peer(router, place.private_address, intent.aws.gateway)
            for router, place in places.items()
        },
        router_vpc=router_vpc,
        router_instance_type=intent.aws.router_instance_type,
        sakura_server=plan.SakuraServerPlan(core=intent.sakura.plan.core, memory_gib=intent.sakura.plan.memory_gib),
        gateway=_gateway(intent),
        closed_network=_closed_network(intent),
        sites=tuple(sorted(map(_site, intent.sites), key=lambda site: site.id)),
        vpcs=tuple(sorted(map(_vpc, intent.vpcs), key=lambda vpc: vpc.id)),
        aggregate=summaries_of(intent),
        timers=timers.derive(intent.timers),
        images=plan.Images(aws_ami=intent.images.aws_ami, sakura_archive=intent.images.sakura_archive),
        takeover=intent.takeover,
        protect=intent.protect,
        usable_mtu_bytes=USABLE_MTU,
        usable_mss_bytes=USABLE_MSS,
        notes=tuple(notes.on(intent)),
    )


def _router(intent: Intent, name: str) -> plan.Router:
    cloud, _, letter = name.partition("-")
    return plan.Router(
        name=name,
        cloud=cloud,
        sibling=f"{cloud}-{'b' if letter == 'a' else 'a'}",
        asn={"aws": intent.aws.asn, "sakura": intent.sakura.asn}[cloud],
        loopback=addressing.loopback(intent.overlay_cidr, name),
        key_generations=tuple(sorted(intent.key_generation.of(name))),
    )


def _aws_places(vpc: vpcs.RouterVpc) -> dict[str, plan.AwsRouterPlace]:
    """One router in each of the first two zones."""
    return {
        router: plan.AwsRouterPlace(
            router=router, zone=zone, private_address=addressing.router_address(vpc.router_subnets[zone])
        )
        for router, zone in zip(addressing.AWS_ROUTERS, vpc.router_subnets, strict=False)
    }


def _sakura_places(intent: Intent) -> dict[str, plan.SakuraRouterPlace]:
    closed = intent.closed_network
    addresses = {"sakura-a": closed.routers.sakura_a, "sakura-b": closed.routers.sakura_b}
    rebuilds = {"sakura-a": intent.rebuild.sakura_a, "sakura-b": intent.rebuild.sakura_b}
    return {
        router: plan.SakuraRouterPlace(
            router=router,
            closed_address=IPv4Interface((address, closed.cidr.prefixlen)),
            vrrp_priority=VRRP_PRIORITIES[router],
            disk=f"{intent.images.sakura_archive}/{rebuilds[router]}",
        )
        for router, address in addresses.items()
    }


def _gateway(intent: Intent) -> plan.Gateway:
    stated = intent.aws.gateway
    return plan.Gateway(asn=stated.asn, cidr=stated.cidr, route_quota=stated.route_quota, blackholes=PRIVATE)


def _closed_network(intent: Intent) -> plan.ClosedNetwork:
    stated = intent.closed_network
    return plan.ClosedNetwork(
        switch_id=stated.switch_id,
        cidr=stated.cidr,
        gateway=stated.gateway,
        virtual_ip=stated.virtual_ip,
        vrid=stated.vrid,
    )


def _site(stated: StatedSite) -> plan.Site:
    bgp = plan.BgpSite(asn=stated.bgp.asn, address=stated.bgp.address) if stated.bgp is not None else None
    return plan.Site(id=stated.id, name=stated.name, prefixes=tuple(sorted(stated.prefixes)), bgp=bgp)


def _vpc(stated: StatedVpc) -> vpcs.Vpc:
    cidrs = tuple(cidr for _, cidr in prefixes_of(stated))
    zones = zones_of(stated)
    return vpcs.Vpc(
        id=stated.id,
        name=stated.name,
        cidrs=cidrs,
        aggregates=tuple(sorted(stated.aggregates or PRIVATE)),
        zones=zones,
        origin=addressing.new_vpc(cidrs[0], zones) if stated.existing is None else _existing(stated.existing),
    )


def _existing(stated: StatedExistingVpc) -> vpcs.ExistingVpc:
    return vpcs.ExistingVpc(
        vpc_id=stated.vpc_id,
        subnet_ids=dict(sorted(stated.subnet_ids.items())),
        route_table_ids=stated.route_table_ids,
    )

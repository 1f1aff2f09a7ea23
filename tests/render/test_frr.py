"""Routing as the files of all four routers say it, and that they say the same to each other."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from tests.render.frr_conf import read
from tests.render.stack import FRR, lab_plan, lines, rotating, text, without_bfd
from topology import ROUTERS, Plan

SAKURA, AWS = ROUTERS[:2], ROUTERS[2:]
SITES = {IPv4Network(p) for p in ("192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24", "192.168.64.0/26")}
VPCS = {IPv4Network("10.20.0.0/14")}
"""The pool: the stack's own VPCs come from it too."""


def loopback(plan: Plan, router: str) -> IPv4Network:
    return IPv4Network(plan.routers[router].loopback)


@pytest.mark.parametrize("router", AWS)
def test_the_gateway_is_told_of_sites_and_the_own_loopback_only(router: str) -> None:
    plan = lab_plan()
    conf = read(plan, router)
    gateway = conf.described("gateway")

    assert len(gateway) == 2
    for session in gateway:
        assert conf.told(session) == SITES | {loopback(plan, router)}


@pytest.mark.parametrize("router", AWS)
def test_the_gateway_is_heard_about_vpcs_only(router: str) -> None:
    conf = read(lab_plan(), router)

    assert [conf.heard(session) for session in conf.described("gateway")] == [VPCS, VPCS]


def test_a_stated_summary_is_announced_to_the_gateway_in_place_of_its_sites_and_nowhere_else() -> None:
    """Beside a summary, what it contains would stay the longest match of a router that has just died."""
    summary = IPv4Network("192.168.0.0/18")
    plan = lab_plan(lambda path: path.update(aggregate=[str(summary)]))
    conf = read(plan, "aws-a")
    told = {summary, IPv4Network("192.168.64.0/26"), loopback(plan, "aws-a")}

    assert f"aggregate-address {summary}" in conf.lines
    assert [conf.told(session) for session in conf.described("gateway")] == [told, told]
    assert [summary in conf.told(session) for session in conf.described("tunnel")] == [False, False]
    assert str(summary) not in text(plan, "sakura-a", FRR)


@pytest.mark.parametrize("plan", [lab_plan(), rotating("sakura-b"), rotating("aws-a")], ids=["steady", "1", "2"])
def test_both_ends_of_a_tunnel_agree_on_every_route(plan: Plan) -> None:
    confs = {router: read(plan, router) for router in ROUTERS}
    for tunnel in plan.tunnels:
        sakura, aws = confs[tunnel.sakura.router], confs[tunnel.aws.router]
        to_aws, to_sakura = str(tunnel.aws.address.ip), str(tunnel.sakura.address.ip)

        assert sakura.told(to_aws) == aws.heard(to_sakura) == SITES | {loopback(plan, tunnel.sakura.router)}
        assert aws.told(to_sakura) == sakura.heard(to_aws) == VPCS | {loopback(plan, tunnel.aws.router)}


@pytest.mark.parametrize("router", SAKURA)
def test_a_site_is_heard_about_its_own_prefixes_and_told_of_no_site(router: str) -> None:
    conf = read(lab_plan(), router)
    (site,) = conf.described("site")

    assert site == "172.16.0.20"
    assert conf.heard(site) == {IPv4Network("192.168.2.0/24")}
    assert conf.told(site) == VPCS


@pytest.mark.parametrize("router", ROUTERS)
def test_what_must_never_be_accepted_is_in_no_inbound_list(router: str) -> None:
    plan = lab_plan()
    conf = read(plan, router)
    refused = [
        *("0.0.0.0/0", "169.254.0.0/16", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        *(str(n) for n in (plan.gateway.cidr, plan.router_vpc.cidr, plan.closed_network.cidr, plan.overlay_cidr)),
        *("198.51.100.10/32", "203.0.113.10/32", str(loopback(plan, router))),
    ]
    heard = {prefix for neighbor in conf.neighbors for prefix in conf.heard(neighbor)}

    assert heard.isdisjoint(IPv4Network(prefix) for prefix in refused)


@pytest.mark.parametrize("router", ROUTERS)
def test_every_list_is_used_and_every_list_used_is_there(router: str) -> None:
    conf = read(lab_plan(), router)
    used = {line.split()[1] for said in conf.neighbors.values() for line in said if line.startswith("prefix-list")}

    assert used == set(conf.prefix_lists)


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_originates_its_loopback_and_its_routed_sites(router: str) -> None:
    plan = lab_plan()
    networks = {line.removeprefix("network ") for line in lines(plan, router, FRR) if line.startswith("network ")}
    routed = {"192.168.1.0/24", "192.168.3.0/24", "192.168.64.0/26"} if router in SAKURA else set()

    assert networks == {str(loopback(plan, router))} | routed


def test_a_routed_site_is_behind_the_closed_networks_gateway() -> None:
    conf = read(lab_plan(), "sakura-b")

    assert [line for line in conf.lines if line.startswith("ip route ")] == [
        f"ip route {prefix} 172.16.0.254 closed" for prefix in ("192.168.1.0/24", "192.168.3.0/24", "192.168.64.0/26")
    ]


@pytest.mark.parametrize("router", AWS)
def test_an_aws_router_has_no_static_route(router: str) -> None:
    assert "ip route" not in text(lab_plan(), router, FRR)


@pytest.mark.parametrize("router", AWS)
def test_siblings_exchange_no_routes(router: str) -> None:
    plan = lab_plan()
    sibling = str(plan.aws_places[plan.routers[router].sibling].private_address)

    assert sibling not in read(plan, router).neighbors


def test_the_siblings_ready_flag_mirrors_and_waits_for_the_agent() -> None:
    for router, own, sibling in (("aws-a", "10.255.0.10", "10.255.0.42"), ("aws-b", "10.255.0.42", "10.255.0.10")):
        conf = lines(lab_plan(), router, FRR)
        start = conf.index(f"peer {sibling} multihop local-address {own}")

        assert conf[start + 1 : start + 4] == ["profile sibling", "shutdown", "exit"]


def test_bfd_is_asked_for_in_the_two_lines_frr_writes_back() -> None:
    conf = read(lab_plan(), "sakura-a")
    asked = {address: [line for line in said if line.startswith("bfd")] for address, said in conf.neighbors.items()}

    assert asked == {
        "172.16.0.20": ["bfd", "bfd profile site"],
        "10.253.0.17": ["bfd", "bfd profile tunnel"],
        "10.253.0.21": ["bfd", "bfd profile tunnel"],
    }


def test_the_gateway_has_no_bfd() -> None:
    conf = read(lab_plan(), "aws-a")

    assert not [line for session in conf.described("gateway") for line in conf.neighbors[session] if "bfd" in line]


@pytest.mark.parametrize("router", ROUTERS)
def test_without_bfd_no_file_says_a_word_of_it(router: str) -> None:
    assert "bfd" not in text(without_bfd(), router, FRR).lower()


def test_tunnels_check_the_hop_count_and_the_gateway_allows_two() -> None:
    conf = read(lab_plan(), "aws-b")

    assert ["ttl-security hops 1" in conf.neighbors[session] for session in conf.described("tunnel")] == [True, True]
    assert ["ebgp-multihop 2" in conf.neighbors[session] for session in conf.described("gateway")] == [True, True]


@pytest.mark.parametrize("router", ROUTERS)
def test_across_tunnels_bfd_has_an_address_before_bgp_does(router: str) -> None:
    """BFD over several hops, which TTL security makes of a tunnel, waits for it; BGP must not come up first."""
    plan = lab_plan()
    conf = read(plan, router)
    ends = {str(t.far_end(router).address.ip): str(t.end(router).address.ip) for t in plan.tunnels_of(router)}

    assert {far: f"update-source {near}" in conf.neighbors[far] for far, near in ends.items()} == dict.fromkeys(
        conf.described("tunnel"), True
    )


def test_too_many_prefixes_restart_one_site_and_only_warn_elsewhere() -> None:
    limits = {
        address: [line for line in said if line.startswith("maximum-prefix")]
        for router in ("sakura-a", "aws-a")
        for address, said in read(lab_plan(), router).neighbors.items()
    }

    assert limits == {
        "172.16.0.20": ["maximum-prefix 11 restart 5"],
        "10.253.0.17": ["maximum-prefix 103 100 warning-only"],  # two VPCs, 100 of app teams, the loopback
        "10.253.0.21": ["maximum-prefix 103 100 warning-only"],
        "10.253.0.16": ["maximum-prefix 5 100 warning-only"],  # four site prefixes and the loopback
        "10.253.0.24": ["maximum-prefix 5 100 warning-only"],
        "169.254.6.2": ["maximum-prefix 102 100 warning-only"],  # two VPCs, 100 of app teams
        "169.254.6.3": ["maximum-prefix 102 100 warning-only"],
    }


@pytest.mark.parametrize("router", ROUTERS)
def test_graceful_restart_is_off_on_every_session(router: str) -> None:
    assert "bgp graceful-restart-disable" in lines(lab_plan(), router, FRR)


@pytest.mark.parametrize("router", ROUTERS)
def test_every_session_keeps_what_it_hears_so_that_a_new_filter_needs_no_reset(router: str) -> None:
    for said in read(lab_plan(), router).neighbors.values():
        assert "soft-reconfiguration inbound" in said


@pytest.mark.parametrize("router", ROUTERS)
def test_timers_are_those_of_the_plan(router: str) -> None:
    plan = lab_plan(lambda path: path.update(timers={"tgw_hold_s": 12}))
    conf = read(plan, router)
    gateway = set(conf.described("gateway"))

    for neighbor, said in conf.neighbors.items():
        assert ("timers 4 12" if neighbor in gateway else "timers 3 9") in said
        assert "timers connect 2" in said


@pytest.mark.parametrize("router", ROUTERS)
def test_routes_are_used_with_the_loopback_as_source(router: str) -> None:
    plan = lab_plan()
    conf = lines(plan, router, FRR)

    assert f"set src {plan.routers[router].loopback}" in conf
    assert "ip protocol bgp route-map from-loopback" in conf
    assert ("ip protocol static route-map from-loopback" in conf) == (router in SAKURA)


@pytest.mark.parametrize(
    ("router", "takeover", "is_off"), [("aws-a", True, True), ("aws-a", False, False), ("sakura-a", True, False)]
)
def test_only_a_takeover_announces_what_no_route_stands_behind(router: str, takeover: bool, is_off: bool) -> None:
    plan = lab_plan(lambda path: path.update(takeover=takeover))

    assert ("no bgp network import-check" in lines(plan, router, FRR)) == is_off


@pytest.mark.parametrize("router", ROUTERS)
def test_a_new_site_adds_lines_and_changes_only_counts(router: str) -> None:
    def add(path: dict[str, Any]) -> None:
        path["sites"].insert(0, {"id": 9, "name": "store-009", "prefixes": ["192.168.0.0/24"]})

    before, after = (
        {re.sub(r"maximum-prefix \d+", "maximum-prefix N", line) for line in lines(plan, router, FRR)}
        for plan in (lab_plan(), lab_plan(add))
    )

    assert before - after == set()
    assert after - before
    assert all("192.168.0.0/24" in line for line in after - before)

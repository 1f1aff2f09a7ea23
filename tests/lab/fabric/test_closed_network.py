from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from lab.fabric.blueprint import Blueprint, Namespace
from lab.fabric.closed_network import closed_network_part, site_host
from lab.world import Site
from tests.lab.fabric.deployed import world


def _part() -> Blueprint:
    return Blueprint.join([closed_network_part(world(), Path("/run/x"))])


def _space(name: str) -> Namespace:
    return next(space for space in _part().namespaces if space.name == name)


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ("192.168.1.0/24", "192.168.1.10"),
        ("192.168.64.0/26", "192.168.64.10"),
        ("10.0.0.0/30", "10.0.0.2"),
        ("10.0.0.0/31", "10.0.0.1"),
        ("10.0.0.7/32", "10.0.0.7"),
    ],
)
def test_a_site_has_a_usable_address_in_each_prefix(prefix: str, address: str) -> None:
    host = site_host(Site(id=1, name="x", prefixes=(IPv4Network(prefix),), bgp=None))
    assert [str(found) for found in host.addresses] == [address]


def test_the_gateway_knows_routed_sites_and_sends_all_else_to_the_virtual_address() -> None:
    routes = {route.destination: route for route in _space("closed-gateway").routes}
    assert routes["default"].via == "172.16.0.1"
    assert sorted(routes) == ["192.168.1.0/24", "192.168.3.0/24", "192.168.64.0/26", "default"]


def test_the_gateway_keeps_its_sites_apart() -> None:
    sites = '{ "site-store-001", "site-store-002" }'
    assert f"iifname {sites} oifname {sites} goto refuse_site_to_site" in _space("closed-gateway").ruleset


def test_a_bgp_site_stands_on_the_switch_and_sends_other_sites_traffic_to_the_virtual_address() -> None:
    space = _space("site-plant-01")
    assert "172.16.0.20/24 dev closed" in [address.text for address in space.addresses]
    assert {route.destination for route in space.routes if route.via == "172.16.0.1"} == {
        "192.168.1.0/24",
        "192.168.3.0/24",
        "192.168.64.0/26",
    }


def test_a_bgp_site_speaks_to_both_routers_with_bfd() -> None:
    programs = {program.name: program for program in _part().programs}
    assert list(programs) == ["zebra-site-plant-01", "bfdd-site-plant-01", "bgpd-site-plant-01"]
    assert [name for name, program in programs.items() if program.is_real_time] == ["bfdd-site-plant-01"]
    text = programs["bgpd-site-plant-01"].files["/run/x/site-plant-01/bgpd.conf"]
    assert "router bgp 65101\n" in text
    for address in ("172.16.0.2", "172.16.0.3"):
        assert f" neighbor {address} remote-as 65010\n" in text
        assert f" neighbor {address} bfd profile router\n" in text
    assert "  network 192.168.2.0/24\n" in text

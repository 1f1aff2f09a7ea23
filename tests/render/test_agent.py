"""agent.json says of a router what its other files say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.render.frr_conf import read
from tests.render.stack import AGENT, FRR, files, lab_plan, lines, public_key, rotating, text, without_bfd
from topology import ROUTERS, Plan


def agent(plan: Plan, router: str) -> Any:
    return json.loads(text(plan, router, AGENT))


@pytest.mark.parametrize("router", ROUTERS)
def test_it_lists_the_neighbors_of_frr(router: str) -> None:
    conf = read(lab_plan(), router)
    stated = agent(lab_plan(), router)

    assert stated["bgp_neighbors"] == list(conf.neighbors)
    assert stated["site_neighbors"] == conf.described("site")
    assert stated["bfd_peers"] == [address for address, said in conf.neighbors.items() if "bfd" in said]


@pytest.mark.parametrize("router", ROUTERS)
def test_it_lists_an_interface_for_each_tunnel_file(router: str) -> None:
    plan = rotating("aws-a")
    interfaces = [f"/etc/wireguard/{tunnel['interface']}.conf" for tunnel in agent(plan, router)["wireguard"]]

    assert interfaces == [path for path in files(plan, router) if path.startswith("/etc/wireguard/")]


def test_keys_are_named_by_their_parameters() -> None:
    tunnels = {tunnel["interface"]: tunnel for tunnel in agent(rotating("aws-b"), "aws-b")["wireguard"]}

    assert tunnels["wg-sakura-a-1"] == {
        "interface": "wg-sakura-a-1",
        "private_key": "private-key/2",
        "peer_public_key": public_key("sakura-a", 1),
        "pre_shared_key": "pre-shared-key/sakura-a-1.aws-b-2",
    }


def test_both_ends_of_a_tunnel_name_one_pre_shared_key() -> None:
    plan = lab_plan()
    named = [tunnel["pre_shared_key"] for router in ROUTERS for tunnel in agent(plan, router)["wireguard"]]

    assert {name: named.count(name) for name in named} == {
        f"pre-shared-key/{t.pre_shared_key}": 2 for t in plan.tunnels
    }


@pytest.mark.parametrize("router", ["aws-a", "aws-b"])
def test_the_ready_flag_is_the_bfd_peer_in_frr(router: str) -> None:
    stated = agent(lab_plan(), router)

    assert any(line.startswith(f"peer {stated['sibling_bfd']} multihop") for line in lines(lab_plan(), router, FRR))


@pytest.mark.parametrize("router", ROUTERS)
def test_without_bfd_there_is_no_ready_flag(router: str) -> None:
    stated = agent(without_bfd(), router)

    assert (stated["sibling_bfd"], stated["bfd_peers"], stated["bfd"]["interval_ms"]) == (None, [], 0)


def test_each_cloud_has_what_is_its_own() -> None:
    sakura, aws = agent(lab_plan(), "sakura-b"), agent(lab_plan(), "aws-b")

    assert (sakura["gateway"], sakura["virtual_ip"], sakura["sibling_bfd"]) == (None, "172.16.0.1", None)
    assert (aws["closed_network"], aws["virtual_ip"], aws["sibling_bfd"]) == (None, None, "10.255.0.10")
    assert sakura["closed_network"] == {
        "device": "closed", "address": "172.16.0.3", "gateway": "172.16.0.254", "sibling": "172.16.0.2",
        "announced": ["192.168.1.0/24", "192.168.3.0/24", "192.168.64.0/26"],
    }  # fmt: skip
    assert aws["gateway"]["private_address"] == "10.255.0.42"
    assert aws["gateway"]["announced"] == agent(lab_plan(), "aws-b")["prefixes"]["sites"]
    assert set(aws["gateway"]["neighbors"]) < set(aws["bgp_neighbors"])


def test_it_says_what_the_path_joins() -> None:
    stated = agent(lab_plan(), "aws-a")

    assert stated["prefixes"] == {
        "sites": ["192.168.1.0/24", "192.168.2.0/24", "192.168.3.0/24", "192.168.64.0/26"],
        "vpcs": ["10.20.0.0/20", "10.21.0.0/20"],
    }
    assert (stated["schema"], stated["router"], stated["sibling"]) == (1, "aws-a", "aws-b")

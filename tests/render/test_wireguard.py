"""Both ends of every tunnel meet: the far end's file and this end's say the same of each other."""

from __future__ import annotations

from configparser import ConfigParser

import pytest

from render import Live, router_files
from tests.render.stack import LIVE, PUBLIC_ADDRESSES, files, lab_plan, public_key, rotating
from topology import ROUTERS, Plan
from topology.links import Tunnel

PLANS = {"steady": lab_plan(), "sakura rotates": rotating("sakura-b"), "aws rotates": rotating("aws-a")}


def conf(plan: Plan, tunnel: Tunnel, router: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.read_string(files(plan, router)[f"/etc/wireguard/{tunnel.end(router).interface}.conf"].content)
    return parser


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_each_end_calls_the_address_and_port_where_the_other_listens(plan: Plan) -> None:
    for tunnel in plan.tunnels:
        for near, far in ((tunnel.sakura, tunnel.aws), (tunnel.aws, tunnel.sakura)):
            here, there = conf(plan, tunnel, near.router), conf(plan, tunnel, far.router)

            listen = there["Interface"]["ListenPort"]
            assert here["Peer"]["Endpoint"] == f"{PUBLIC_ADDRESSES[far.router]}:{listen}"
            assert here["Peer"]["PublicKey"] == public_key(far.router, far.key_generation)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_both_ends_share_one_network_and_one_mtu(plan: Plan) -> None:
    for tunnel in plan.tunnels:
        sakura, aws = (conf(plan, tunnel, end.router)["Interface"] for end in (tunnel.sakura, tunnel.aws))

        assert {sakura["Address"], aws["Address"]} == {f"{host}/31" for host in tunnel.sakura.address.network.hosts()}
        assert sakura["MTU"] == aws["MTU"] == "1440"


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_has_one_file_and_one_port_for_each_tunnel(plan: Plan, router: str) -> None:
    tunnels = plan.tunnels_of(router)
    paths = [path for path in files(plan, router) if path.startswith("/etc/wireguard/")]
    ports = {conf(plan, tunnel, router)["Interface"]["ListenPort"] for tunnel in tunnels}

    assert len(paths) == len(ports) == len(tunnels)


def test_no_private_and_no_pre_shared_key_is_in_a_file() -> None:
    plan = lab_plan()
    for tunnel in plan.tunnels:
        for end in (tunnel.sakura, tunnel.aws):
            here = conf(plan, tunnel, end.router)

            assert "PrivateKey" not in here["Interface"]
            assert "PresharedKey" not in here["Peer"]
            assert here["Interface"]["PostUp"] == "/usr/sbin/flets-to-vpc keys %i"


def test_wg_quick_leaves_routes_to_frr() -> None:
    plan = lab_plan()
    interface = conf(plan, plan.tunnels[0], "sakura-a")["Interface"]

    assert interface["Table"] == "off"


def test_a_key_that_the_clouds_do_not_know_is_named() -> None:
    live = Live(public_addresses=PUBLIC_ADDRESSES, public_keys={**LIVE.public_keys, "aws-a": {}})

    with pytest.raises(KeyError, match="1"):
        router_files(lab_plan(), "sakura-a", live)

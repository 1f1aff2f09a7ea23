"""The small files of a router: addresses, GRE, kernel settings, units."""

from __future__ import annotations

import pytest

from tests.render.stack import ADDRESSES, FRR, GRE, SYSCTL, UNITS, files, lab_plan, lines, rotating, text
from topology import ROUTERS


@pytest.mark.parametrize("router", ROUTERS)
def test_the_loopback_is_there_before_frr_asks_for_it(router: str) -> None:
    (source,) = [line.removeprefix("set src ") for line in lines(lab_plan(), router, FRR) if "set src" in line]

    assert f"address replace {source}/32 dev lo" in lines(lab_plan(), router, ADDRESSES)


def test_a_sakura_router_addresses_its_closed_nic() -> None:
    assert lines(lab_plan(), "sakura-b", ADDRESSES)[1:] == [
        "address replace 172.16.0.3/24 dev closed",
        "link set dev closed up",
    ]


def test_gre_runs_between_a_routers_own_addresses_and_its_connect_peer() -> None:
    ends = {router: lines(lab_plan(), router, GRE) for router in ("aws-a", "aws-b")}

    assert ends == {
        "aws-a": [
            "DEVICE=gre-gateway",
            "LOCAL=10.255.0.10",
            "REMOTE=10.254.0.1",
            "ADDRESS=169.254.6.1/29",
            "MTU=8476",
        ],
        "aws-b": [
            "DEVICE=gre-gateway",
            "LOCAL=10.255.0.42",
            "REMOTE=10.254.0.2",
            "ADDRESS=169.254.6.9/29",
            "MTU=8476",
        ],
    }


@pytest.mark.parametrize("router", ROUTERS)
def test_kernel_settings_stay_in_the_network_namespace(router: str) -> None:
    assert all(line.startswith("net.") for line in lines(lab_plan(), router, SYSCTL))


@pytest.mark.parametrize("router", ROUTERS)
def test_the_target_starts_exactly_the_tunnels_there_are(router: str) -> None:
    plan = rotating("sakura-a")
    units = {line.removeprefix("Wants=") for line in lines(plan, router, UNITS) if line.startswith("Wants=")}
    other = "flets-to-vpc-gre.service" if router.startswith("aws") else "keepalived.service"
    tunnels = {path.split("/")[-1].removesuffix(".conf") for path in files(plan, router) if "/wireguard/" in path}

    assert units == {other, *(f"wg-quick@{interface}.service" for interface in tunnels)}


def test_every_flow_may_take_either_leg() -> None:
    settings = text(lab_plan(), "aws-a", SYSCTL)

    assert "net.ipv4.conf.all.rp_filter = 0\n" in settings
    assert "net.ipv4.conf.*.rp_filter = 0\n" in settings
    assert "net.ipv4.fib_multipath_hash_policy = 1\n" in settings

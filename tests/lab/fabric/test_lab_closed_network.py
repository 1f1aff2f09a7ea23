"""The closed network keeps sites apart and sends all else to the virtual address; BGP sites speak for themselves.

site-store-001, site-store-002 -- [closed-gateway] -- switch -- sakura-a (holds the virtual address)
                                                        |
                                                 site-plant-01 (FRR)
"""

from __future__ import annotations

import json

import pytest

from tests.lab.fabric.outside import Lab, wait_until

pytestmark = pytest.mark.netns

_ROUTER = """
router id 172.16.0.2;
protocol device { }
protocol kernel { ipv4 { export all; }; }
protocol bgp site { local 172.16.0.2 as 65010; neighbor 172.16.0.20 as 65101; ipv4 { import all; export none; }; }
"""


@pytest.fixture(scope="module")
def router(lab: Lab) -> str:
    for address in ("172.16.0.2/24", "172.16.0.1/32"):
        lab.run("sakura-a", "ip", "address", "add", address, "dev", "closed")
    lab.run("sakura-a", "ip", "link", "set", "closed", "up")
    lab.run("sakura-a", "ip", "route", "add", "192.168.1.0/24", "via", "172.16.0.254")
    return "sakura-a"


def test_sites_do_not_reach_sites(lab: Lab) -> None:
    assert not lab.pings("site-store-001", "192.168.3.10")
    assert lab.dropped("closed-network closed-gateway keeps sites apart")


def test_all_else_goes_to_the_virtual_address(lab: Lab, router: str) -> None:
    wait_until(lambda: lab.pings("site-store-001", "172.16.0.1", "-I", "192.168.1.10"))
    assert lab.state().virtual_ip_owner == router


def test_a_routed_sites_packet_for_a_bgp_site_is_handed_to_the_routers(lab: Lab, router: str) -> None:
    """They must refuse it; here nobody does, and it arrives."""
    capture = lab.start("sakura-a", "sh", "-c", "exec tcpdump -nli closed -c1 dst 192.168.2.10 > /run/wireguard/seen")
    lab.run("sakura-a", "sleep", "0.5")
    lab.pings("site-store-001", "192.168.2.10")
    wait_until(lambda: "192.168.1.10 > 192.168.2.10" in lab.run("sakura-a", "cat", "/run/wireguard/seen"))
    lab.ask("stop", capture)


def test_a_bgp_site_has_a_route_for_other_sites_which_the_routers_must_refuse(lab: Lab) -> None:
    for address in ("192.168.1.10", "192.168.3.10", "192.168.64.10"):
        assert "via 172.16.0.1 dev closed" in lab.run("site-plant-01", "ip", "route", "get", address)


def test_a_bgp_site_announces_its_prefixes(lab: Lab, router: str) -> None:
    lab.ask("write", "/run/wireguard/router.conf", _ROUTER)
    number = lab.start(router, "bird", "-f", "-c", "/run/wireguard/router.conf", "-s", "/run/wireguard/router.ctl")
    wait_until(lambda: "via 172.16.0.20" in lab.run(router, "ip", "route", "show", "192.168.2.0/24"))
    assert lab.pings(router, "192.168.2.10")
    lab.ask("stop", number)


def test_a_bgp_sites_bfd_is_as_fast_as_the_fastest_profile_so_that_routers_decide(lab: Lab) -> None:
    vtysh = lab.ask("site_vtysh", "plant-01")
    peers = json.loads(lab.run("site-plant-01", *vtysh, "-c", "show bfd peers json"))
    assert {peer["peer"] for peer in peers} == {"172.16.0.2", "172.16.0.3"}
    for peer in peers:
        assert (peer["receive-interval"], peer["transmit-interval"], peer["detect-multiplier"]) == (50, 50, 3)


def test_a_site_answers_at_each_of_its_prefixes(lab: Lab) -> None:
    for address in ("192.168.3.10", "192.168.64.10"):
        assert lab.pings("closed-gateway", address)

"""A running fabric follows the clouds' state and leaves alone what did not change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.fabric.deployed import Deployed
from tests.lab.fabric.outside import Failed, Lab

pytestmark = pytest.mark.netns


@pytest.fixture
def fresh() -> Iterator[Lab]:
    running = Lab()
    yield running
    running.end()


def test_the_same_state_changes_nothing(fresh: Lab) -> None:
    changes = fresh.resync()
    assert not any(vars(changes).values())


def test_a_rule_that_goes_touches_one_rule_set(fresh: Lab) -> None:
    fresh.deployed.remove("vpc/SecurityGroupIngressRule", "Ingress-gre-aws-a")
    changes = fresh.resync()
    assert [change.name for change in changes.inside] == ["vpc-router"]
    assert changes.inside[0].additions == changes.inside[0].removals == ()
    assert changes.stop == changes.start == changes.reload == ()


def test_a_new_vpc_comes_without_disturbing_the_others(fresh: Lab) -> None:
    ping = fresh.start("host-app-a", "sh", "-c", "ping -q -i0.01 -c100 10.20.3.254 > /run/wireguard/pings")
    fresh.deployed._vpc("late", "10.22.0.0/20")
    changes = fresh.resync()
    assert {space.name for space in changes.new_namespaces} == {"vpc-late", "host-late-a", "host-late-c"}
    assert [program.name for program in changes.reload] == ["bird-gateway"]
    assert changes.stop == changes.start == ()
    assert fresh.pings("host-late-a", "10.22.3.254")
    routes = {route.destination for route in fresh.state().tables["connect"]}
    assert "10.22.0.0/20" in routes
    fresh.run("host-app-a", "sh", "-c", "until grep -q loss /run/wireguard/pings; do sleep 0.05; done")
    assert " 0% packet loss" in fresh.run("host-app-a", "cat", "/run/wireguard/pings")
    fresh.ask("stop", ping)


def test_a_server_that_goes_takes_its_namespace_along(fresh: Lab) -> None:
    fresh.deployed.remove("sakura/Server", "server-sakura-b")
    changes = fresh.resync()
    assert changes.remove_namespaces == ("sakura-b",)
    assert not fresh.pings("stranger", "198.51.100.11")


def test_another_address_moves_the_interface(fresh: Lab) -> None:
    fresh.deployed.change("ec2/NetworkInterface", "eni-aws-a", privateIp="10.255.0.9", privateIps=["10.255.0.9"])
    fresh.resync()
    assert "10.255.0.9/28" in fresh.run("aws-a", "ip", "-br", "address", "show", "internet")
    assert "10.255.0.10/28" not in fresh.run("aws-a", "ip", "-br", "address", "show", "internet")
    server = fresh.serve("api", 443)
    assert fresh.connects("aws-a", "192.0.2.10", 443)
    fresh.ask("stop", server)


def test_going_there_and_back_leaves_the_fabric_as_it_was(fresh: Lab) -> None:
    def seen() -> str:
        return "".join(
            fresh.run(netns, "sh", "-c", "ip rule; ip route show table all | grep -v fe80 | sort; ip -br link | sort")
            for netns in ("gateway", "vpc-router", "vpc-app", "internet", "shared")
        )

    before = seen()
    fresh.deployed.remove("ec2/InternetGateway", "igw-1")
    fresh.deployed.remove("tgw/ConnectPeer", "peer-aws-b")
    fresh.deployed.remove("autoscaling/Group", "asg-aws-b")
    fresh.resync()
    assert seen() != before
    original = Deployed()
    fresh.deployed = original
    fresh.resync()
    fresh.run("gateway", "sh", "-c", "until ip -br address | grep -q 169.254.6.10; do sleep 0.05; done")
    assert _without_numbers(seen()) == _without_numbers(before)


def _without_numbers(text: str) -> list[str]:
    """Interface numbers of far ends differ when a link is made anew."""
    return sorted(line.split("@")[0] if "@if" in line else line for line in text.splitlines())


def test_a_file_that_bird_refuses_is_named_and_the_running_one_stays(fresh: Lab) -> None:
    place = {"transitGatewayRouteTableId": "vpcs", "destinationCidrBlock": "192.168.1.0/33"}
    fresh.deployed.put("tgw/Route", "bad", blackhole=True, **place)
    with pytest.raises(Failed, match="bird -p"):
        fresh.resync()
    assert not fresh.state().dead_programs


def test_closing_leaves_no_namespace_behind(fresh: Lab) -> None:
    assert fresh.ask("close") == []

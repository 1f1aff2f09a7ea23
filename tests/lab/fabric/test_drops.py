from __future__ import annotations

from pathlib import Path

import pytest

from lab.fabric import drops
from lab.fabric.drops import Drop
from lab.fabric.refusals import Refusal
from lab.fabric.wiring import Wiring, wire
from tests.lab.fabric.deployed import Deployed, world

WIRING = wire(Deployed().clouds(), world(), "userspace", Path("/run/x"))


def _refusal(netns: str, reason: str, device: str, packet: str, flow: str) -> Refusal:
    """Three packets; packet is `udp/53`, flow is `SOURCE > DESTINATION`."""
    kind, _, port = packet.partition("/")
    protocol = {"icmp": 1, "tcp": 6, "udp": 17, "gre": 47}[kind]
    source, destination = flow.split(" > ")
    return Refusal(
        netns=netns,
        reason=reason,
        device=device,
        protocol=protocol,
        source=source,
        destination=destination,
        port=int(port or 0),
        packets=3,
    )


def _judged(monkeypatch: pytest.MonkeyPatch, refusal: Refusal, wiring: Wiring = WIRING) -> Drop:
    """What is said of it."""

    def refusals(asked: str, family: str = "ip") -> list[Refusal]:
        return [refusal] if asked == refusal.netns else []

    monkeypatch.setattr(drops, "refusals", refusals)
    (drop,) = drops.drops(wiring)
    assert drop.packets == 3
    return drop


@pytest.mark.parametrize(
    ("netns", "reason", "device", "packet", "flow", "said"),
    [
        (
            *("vpc-router", "ingress", "eni-aws-a", "gre", "10.254.0.1 > 10.255.0.10"),
            "gre:aws-a | sg-aws-a | has no inbound rule for proto/47 from 10.254.0.1",
        ),
        (
            *("vpc-router", "ingress", "eni-aws-b", "udp/51820", "198.51.100.10 > 10.255.0.26"),
            "tunnel:sakura-a/aws-b | sg-aws-b | has no inbound rule for udp/51820 from 198.51.100.10",
        ),
        (
            *("vpc-router", "destination_check", "eni-aws-a", "icmp", "10.20.0.9 > 192.168.1.10"),
            "aws-a | eni-aws-a | checks the destination, and 192.168.1.10 (from 10.20.0.9) is not its own",
        ),
        (
            *("vpc-router", "no_route", "tgw", "icmp", "10.20.0.9 > 192.168.1.10"),
            "vpc:router | rtb-attachment | has no route to 192.168.1.10",
        ),
        (
            *("vpc-router", "no_elastic_ip", "igw", "tcp/22", "192.0.2.66 > 203.0.113.10"),
            "vpc:router | igw-1 | knows no Elastic IP 203.0.113.10",
        ),
        (
            *("shared", "packet_filter", "nic-sakura-a", "udp/51821", "203.0.113.11 > 198.51.100.10"),
            "tunnel:sakura-a/aws-b | filter-sakura-a | does not admit udp/51821 from 203.0.113.11",
        ),
        (
            *("switch", "packet_filter", "nic-sakura-b", "icmp", "172.16.0.254 > 172.16.0.3"),
            "sakura-b |  | does not admit icmp from 172.16.0.254",
        ),
        (
            *("gateway", "no_route", "vpc-app", "icmp", "10.20.0.9 > 8.8.8.8"),
            "gateway | vpcs | has no route to 8.8.8.8 (from tgw-attach-app)",
        ),
        (
            *("gateway", "no_route", "vpc-router", "gre", "10.255.0.99 > 10.254.0.2"),
            "gre:aws-b | peer-aws-b | takes GRE from 10.255.0.26 to 10.254.0.2, not from 10.255.0.99 to 10.254.0.2",
        ),
        (
            *("gateway", "no_route", "vpc-router", "gre", "10.255.0.26 > 10.254.0.1"),
            "gre:aws-b | peer-aws-a | takes GRE from 10.255.0.10 to 10.254.0.1, not from 10.255.0.26 to 10.254.0.1",
        ),
        (
            *("gateway", "no_route", "vpc-router", "gre", "10.255.0.26 > 10.252.0.2"),
            "gre:aws-b | peer-aws-b | takes GRE from 10.255.0.26 to 10.254.0.2, not from 10.255.0.26 to 10.252.0.2",
        ),
        (
            *("internet", "no_route", "shared", "udp/51820", "198.51.100.11 > 203.0.113.99"),
            "sakura-b | internet | nobody has the address 203.0.113.99",
        ),
        (
            *("internet", "no_route", "igw-router", "icmp", "203.0.113.10 > 10.253.0.4"),
            "aws-a | rtb-routers | has no route to 10.253.0.4 but the one to the Internet",
        ),
        (
            *("internet", "no_route", "igw-router", "gre", "203.0.113.10 > 10.254.0.1"),
            "gre:aws-a | rtb-routers | has no route to 10.254.0.1 but the one to the Internet",
        ),
    ],
)
def test_a_drop_names_the_hop_the_resource_and_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, netns: str, reason: str, device: str, packet: str, flow: str, said: str
) -> None:
    drop = _judged(monkeypatch, _refusal(netns, reason, device, packet, flow))

    assert f"{drop.hop} | {drop.resource} | {drop.rule}" == said


@pytest.mark.parametrize(
    ("netns", "device", "flow", "is_of_routes"),
    [
        ("internet", "shared", "198.51.100.11 > 203.0.113.99", True),
        ("vpc-router", "eni-aws-a", "10.255.0.10 > 10.255.0.99", True),
        ("shared", "nic-sakura-a", "198.51.100.10 > 198.51.100.99", True),
        ("vpc-router", "eni-aws-a", "10.255.0.10 > 10.254.0.1", False),
    ],
)
def test_where_nobody_is_the_one_who_should_be_there_may_be_at_fault(
    monkeypatch: pytest.MonkeyPatch, netns: str, device: str, flow: str, is_of_routes: bool
) -> None:
    refusal = _refusal(netns, "no_route", device, "udp/51820", flow)

    assert _judged(monkeypatch, refusal).is_of_routes == is_of_routes


def test_a_route_of_a_vpc_that_leads_nowhere_is_named_with_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = Deployed()
    deployed.put("ec2/Route", "dead", routeTableId="rtb-routers", destinationCidrBlock="10.0.0.0/8", gatewayId="igw-9")
    wiring = wire(deployed.clouds(), world(), "userspace", Path("/run/x"))
    refusal = _refusal("vpc-router", "no_route", "eni-aws-a", "udp/53", "10.255.0.10 > 10.9.9.9")

    found = _judged(monkeypatch, refusal, wiring)

    assert found.rule == "its route to 10.0.0.0/8 leads to igw-9, which vpc-router does not have"
    assert f"{found.resource} {found.rule}" in {f"{f.resource} {f.rule}" for f in wiring.inventory.findings}

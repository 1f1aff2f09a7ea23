from __future__ import annotations

import pytest

from lab.fabric.instances import instances
from lab.fabric.vpc import Vpc, vpcs
from lab.fabric.vpc_filter import SecurityGroups, vpc_ruleset
from tests.lab.fabric.deployed import Deployed


def _read(deployed: Deployed) -> tuple[Vpc, SecurityGroups]:
    clouds = deployed.clouds()
    places = vpcs(clouds, instances(clouds))
    groups = SecurityGroups.read(clouds, (eni for vpc in places for eni in vpc.enis))
    return next(vpc for vpc in places if vpc.name == "router"), groups


def _admitted(deployed: Deployed, direction: str = "ingress") -> list[str]:
    vpc, groups = _read(deployed)
    return groups.admitted(next(eni for eni in vpc.enis if eni.netns == "aws-a"), direction)


@pytest.mark.parametrize(
    ("rule", "match"),
    [
        ({"ipProtocol": "47", "cidrIpv4": "10.254.0.0/24"}, "ip saddr 10.254.0.0/24 meta l4proto 47"),
        ({"ipProtocol": "udp", "fromPort": 1, "toPort": 1, "cidrIpv4": "0.0.0.0/0"}, "udp dport 1"),
        (
            {"ipProtocol": "17", "fromPort": 1, "toPort": 9, "cidrIpv4": "10.0.0.0/8"},
            "ip saddr 10.0.0.0/8 udp dport 1-9",
        ),
        ({"ipProtocol": "icmp", "fromPort": 3, "toPort": 4, "cidrIpv4": "0.0.0.0/0"}, "icmp type 3 icmp code 4"),
        ({"ipProtocol": "icmp", "fromPort": 8, "toPort": -1, "cidrIpv4": "0.0.0.0/0"}, "icmp type 8"),
        ({"ipProtocol": "icmp", "fromPort": -1, "toPort": -1, "cidrIpv4": "0.0.0.0/0"}, "meta l4proto icmp"),
        ({"ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, ""),
        ({"ipProtocol": "-1", "referencedSecurityGroupId": "sg-aws-b"}, "ip saddr { 10.255.0.26 }"),
    ],
)
def test_a_rule_becomes_a_match(rule: dict[str, object], match: str) -> None:
    deployed = Deployed()
    deployed.permit("Ingress", "tested", "sg-aws-a", **rule)
    assert match in _admitted(deployed)


def test_a_rule_for_a_group_without_members_admits_nobody() -> None:
    deployed = Deployed()
    before = _admitted(deployed)
    deployed.permit("Ingress", "tested", "sg-aws-a", ipProtocol="-1", referencedSecurityGroupId="sg-of-nobody")
    assert _admitted(deployed) == before


def test_inline_rules_count_as_rules_of_their_own_do() -> None:
    deployed = Deployed()
    inline = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["192.0.2.0/24"]}
    deployed.change("ec2/SecurityGroup", "sg-aws-a", ingress=[inline])
    assert "ip saddr 192.0.2.0/24 tcp dport 22" in _admitted(deployed)


def test_egress_needs_a_rule_of_its_own() -> None:
    assert "ip daddr 10.254.0.0/24 meta l4proto 47" in _admitted(Deployed(), "egress")
    assert "meta l4proto icmp" not in _admitted(Deployed(), "egress")


def test_only_an_interface_that_checks_gets_the_source_check() -> None:
    deployed = Deployed()
    vpc, groups = _read(deployed)
    assert "ip saddr != { 10.255.0.10 } goto refuse_source_check" not in vpc_ruleset(vpc, groups)
    deployed.change("ec2/NetworkInterface", "eni-aws-a", sourceDestCheck=True)
    vpc, groups = _read(deployed)
    assert "ip saddr != { 10.255.0.10 } goto refuse_source_check" in vpc_ruleset(vpc, groups)
    assert "ip daddr != { 10.255.0.10 } goto refuse_destination_check" in vpc_ruleset(vpc, groups)


def test_elastic_ips_are_translated_one_to_one() -> None:
    vpc, groups = _read(Deployed())
    text = vpc_ruleset(vpc, groups)
    assert "ip daddr set ip daddr map { 203.0.113.10 : 10.255.0.10, 203.0.113.11 : 10.255.0.26 }" in text
    assert "ip saddr set ip saddr map { 10.255.0.10 : 203.0.113.10, 10.255.0.26 : 203.0.113.11 }" in text


def test_only_tcp_dns_and_ntp_are_answered_without_a_rule() -> None:
    vpc, groups = _read(Deployed())
    chain = vpc_ruleset(vpc, groups).partition("chain replies {")[2].partition("}\n\n")[0]
    marks = [line.strip() for line in chain.splitlines() if "meta mark set 0x1" in line]
    assert len(marks) == 3
    assert [part for mark in marks for part in ("icmp type", "l4proto tcp", "{ 53, 123 }") if part in mark] == [
        "icmp type",
        "l4proto tcp",
        "{ 53, 123 }",
    ]

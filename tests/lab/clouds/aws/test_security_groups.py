"""What AWS refuses of security groups and their rules."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import INGRESS, INTERFACE, SECURITY_GROUP

WIREGUARD = {
    "securityGroupId": "$group", "ipProtocol": "udp", "fromPort": 51820, "toPort": 51820, "cidrIpv4": "192.0.2.1/32",
}  # fmt: skip
PORTLESS = {"fromPort": LEFT_OUT, "toPort": LEFT_OUT}


@pytest.mark.parametrize(
    "row",
    [
        case("its name is free in the vpc", "InvalidGroup.Duplicate", "'routers' already exists", name="routers"),
        case("its name is no id", "InvalidParameterValue", "may not begin with sg-", name="sg-1"),
        case("its description is plain", "InvalidParameterValue", "must match", description="é"),
        case("its description is short", "InvalidParameterValue", "0 to 255 characters", description="x" * 256),
        case("its vpc exists", "InvalidVpcID.NotFound", "no resource has it", vpcId="vpc-0"),
    ],
)
def test_a_group(network: Clouds, row: Case) -> None:
    refused(network, SECURITY_GROUP, {"vpcId": "$vpc"}, row)


@pytest.mark.parametrize(
    "row",
    [
        case("it has a source", "InvalidParameterCombination", "exactly one of", cidrIpv4=LEFT_OUT),
        case("it has one source", "InvalidParameterCombination", "exactly one of", referencedSecurityGroupId="$group"),
        case("udp has ports", "MissingParameter", "needs fromPort and toPort", **PORTLESS),
        case("gre has no ports", "InvalidParameterValue", "protocol 47 has no ports", ipProtocol="47"),
        case("ports are a range", "InvalidParameterValue", "no range", fromPort=51821),
        case("a port is one", "InvalidParameterValue", "from -1 to 65535", toPort=65536),
        case("a protocol is one", "InvalidParameterValue", "a protocol number or -1", ipProtocol="gre"),
        case("its network has no host bits", "InvalidParameterValue", "host bits", cidrIpv4="192.0.2.1/24"),
        case("it is new", "InvalidPermission.Duplicate", "has this rule already", fromPort=1, toPort=1),
        case("another group is of the vpc", "InvalidGroup.NotFound", "does not exist in", cidrIpv4=LEFT_OUT,
             referencedSecurityGroupId="$other-group"),
        case("its description is plain", "InvalidParameterValue", "at most 255 of", description="WireGuard ⇄"),
    ],
)  # fmt: skip
def test_a_rule(network: Clouds, row: Case) -> None:
    network.create(INGRESS, "first", **{**WIREGUARD, "fromPort": 1, "toPort": 1})
    refused(network, INGRESS, WIREGUARD, row)


def test_a_rule_for_gre_needs_no_ports(network: Clouds) -> None:
    network.create(INGRESS, "gre", **{**WIREGUARD, **PORTLESS, "ipProtocol": "47"})


def test_a_group_has_at_most_60_rules_in_a_direction(network: Clouds) -> None:
    for port in range(60):
        network.create(INGRESS, f"r{port}", **{**WIREGUARD, "fromPort": port, "toPort": port})
    with pytest.raises(Refused, match=r"RulesPerSecurityGroupLimitExceeded: .* at most 60 rules"):
        network.create(INGRESS, "one more", **WIREGUARD)


def test_a_group_goes_after_its_interfaces_and_takes_its_rules_along(network: Clouds) -> None:
    network.create(INGRESS, "rule", **WIREGUARD)
    with pytest.raises(Refused, match=rf"DependencyViolation: sg-.* is in use by {INTERFACE}"):
        network.delete("group")
    network.delete("interface-a")
    network.delete("group")

    assert network.store.of(INGRESS) == []


def test_a_group_goes_after_the_rules_of_others_that_name_it(network: Clouds) -> None:
    network.create(SECURITY_GROUP, "named", vpcId="$vpc")
    inputs = {**WIREGUARD, "cidrIpv4": LEFT_OUT, "referencedSecurityGroupId": "$named"}
    network.create(INGRESS, "rule", **inputs)
    with pytest.raises(Refused, match=rf"DependencyViolation: sg-.* is in use by {INGRESS}"):
        network.delete("named")

"""What AWS refuses of network interfaces and Elastic IPs."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import EIP, INTERFACE, SECURITY_GROUP

SECOND = {"subnetId": "$subnet-a", "privateIps": ["10.0.0.11"], "securityGroups": ["$group"]}


@pytest.mark.parametrize(
    "row",
    [
        case("its address lies in the subnet", "InvalidParameterValue", "within the subnet", privateIps=["10.0.1.9"]),
        case("its address is not the network", "InvalidParameterValue", "reserved address range",
             privateIps=["10.0.0.0"]),
        case("its address is not a reserved one", "InvalidParameterValue", "reserved address range",
             privateIps=["10.0.0.3"]),
        case("its address is not the last", "InvalidParameterValue", "reserved address range",
             privateIps=["10.0.0.255"]),
        case("its address is free", "InvalidIPAddress.InUse", "is in use by eni-", privateIps=["10.0.0.10"]),
        case("its address is one", "InvalidParameterValue", "an IPv4 address", privateIps=["10.0.0"]),
        case("its groups are of its vpc", "InvalidGroup.NotFound", "different VPCs", securityGroups=["$other-group"]),
        case("its subnet exists", "InvalidSubnetID.NotFound", "no resource has it", subnetId="subnet-0"),
    ],
)  # fmt: skip
def test_an_interface(network: Clouds, row: Case) -> None:
    refused(network, INTERFACE, SECOND, row)


def test_an_interface_has_at_most_five_groups(network: Clouds) -> None:
    names = [f"group-{number}" for number in range(6)]
    for name in names:
        network.create(SECURITY_GROUP, name, vpcId="$vpc")
    with pytest.raises(Refused, match=r"SecurityGroupsPerInterfaceLimitExceeded: .*at most 5, has 6"):
        network.create(INTERFACE, "second", **{**SECOND, "securityGroups": [f"${name}" for name in names]})


def test_an_interface_without_an_address_gets_the_first_free_one(network: Clouds) -> None:
    found = network.create(INTERFACE, "second", **{**SECOND, "privateIps": LEFT_OUT})

    assert (found.outputs["privateIp"], found.outputs["privateIps"]) == ("10.0.0.4", ["10.0.0.4"])


def test_an_interface_goes_after_the_machine_that_has_it(machine: Clouds) -> None:
    with pytest.raises(Refused, match=r"InvalidParameterValue: .* is currently in use by the machine of group-a"):
        machine.delete("interface-a")
    machine.delete("group-a")
    machine.delete("interface-a")


def test_an_elastic_ip_needs_an_internet_gateway(network: Clouds) -> None:
    network.create(INTERFACE, "inside", subnetId="$other-subnet", privateIps=["10.1.0.10"])
    with pytest.raises(Refused, match=r"Gateway.NotAttached: vpc-.* is not attached to any Internet gateway"):
        network.create(EIP, "eip", networkInterface="$inside")


def test_an_interface_has_one_elastic_ip(network: Clouds) -> None:
    network.create(EIP, "eip", networkInterface="$interface-a")
    network.create(EIP, "spare")
    with pytest.raises(Refused, match=r"Resource.AlreadyAssociated: eni-.* already has an Elastic IP"):
        network.create(EIP, "second", networkInterface="$interface-a")
    with pytest.raises(Refused, match=r"Resource.AlreadyAssociated"):
        network.update("spare", networkInterface="$interface-a")


def test_an_account_has_five_elastic_ips(network: Clouds) -> None:
    for number in range(5):
        network.create(EIP, f"eip-{number}")
    with pytest.raises(Refused, match=r"AddressLimitExceeded: the maximum number of addresses, 5"):
        network.create(EIP, "one more")


def test_an_elastic_ip_is_of_a_vpc(network: Clouds) -> None:
    with pytest.raises(Refused, match=r"InvalidParameterValue: domain: 'standard' must be one of vpc"):
        network.create(EIP, "eip", domain="standard")

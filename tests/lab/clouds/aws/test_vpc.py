"""What AWS refuses of VPCs, subnets and Internet gateways."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import Case, Clouds, case, refused
from tests.lab.clouds.standing import EIP, INTERFACE, INTERNET_GATEWAY, SUBNET, VPC

FURTHER = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"


@pytest.mark.parametrize(
    "row",
    [
        case("a vpc is not larger than 16", "InvalidVpc.Range", "from /16 to /28", cidrBlock="10.0.0.0/15"),
        case("a vpc is not smaller than 28", "InvalidVpc.Range", "from /16 to /28", cidrBlock="10.0.0.0/29"),
        case("a network has no host bits", "InvalidParameterValue", "host bits", cidrBlock="10.0.0.1/16"),
        case("tags are at most 50", "TagLimitExceeded", "at most 50", tags={str(n): "" for n in range(51)}),
        case("aws keeps its own tags", "InvalidParameterValue", "reserved", tags={"aws:x": "y"}),
        case("a tag is at most 256 long", "InvalidParameterValue", "256 characters", tags={"x": "y" * 257}),
        case("a zone is of the region", "InvalidParameterValue", "one of ap-northeast-1", region="eu-west-1"),
    ],
)
def test_a_vpc(clouds: Clouds, row: Case) -> None:
    refused(clouds, VPC, {"cidrBlock": "10.0.0.0/16"}, row)


@pytest.mark.parametrize(
    "row",
    [
        case("it lies in its vpc", "InvalidSubnet.Range", "outside", cidrBlock="10.2.0.0/24"),
        case("it meets no other", "InvalidSubnet.Conflict", "conflicts with subnet", cidrBlock="10.0.1.128/25"),
        case("its zone exists", "InvalidParameterValue", "a, ap-northeast-1c", availabilityZone="ap-northeast-1b"),
        case("its vpc exists", "InvalidVpcID.NotFound", "no resource has it", vpcId="vpc-0"),
        case("its vpc is one", "InvalidVpcID.NotFound", "it is a aws:ec2/subnet:Subnet", vpcId="$subnet-a"),
        case("its vpc is of its region", "InvalidVpcID.NotFound", "not in ap-northeast-3", region="ap-northeast-3"),
    ],
)
def test_a_subnet(network: Clouds, row: Case) -> None:
    refused(network, SUBNET, {"vpcId": "$vpc", "cidrBlock": "10.0.2.0/24"}, row)


def test_a_vpc_has_at_most_200_subnets(network: Clouds) -> None:
    for number in range(2, 200):
        network.create(SUBNET, f"s{number}", vpcId="$vpc", cidrBlock=f"10.0.{number}.0/24")
    with pytest.raises(Refused, match=r"SubnetLimitExceeded: .* at most 200 subnets"):
        network.create(SUBNET, "one more", vpcId="$vpc", cidrBlock="10.0.201.0/24")


@pytest.mark.parametrize(
    "row",
    [
        case("it is not the vpcs own", "InvalidVpc.Range", "overlaps the VPC's", cidrBlock="10.0.128.0/20"),
        case("it is of the same private range", "InvalidVpc.Range", "is restricted", cidrBlock="192.168.0.0/20"),
    ],
)
def test_a_further_cidr(network: Clouds, row: Case) -> None:
    refused(network, FURTHER, {"vpcId": "$vpc", "cidrBlock": "10.3.0.0/20"}, row)


def test_a_vpc_has_at_most_five_cidrs(network: Clouds) -> None:
    for number in range(4):
        network.create(FURTHER, f"cidr{number}", vpcId="$vpc", cidrBlock=f"10.{number + 5}.0.0/20")
    with pytest.raises(Refused, match=r"CidrLimitExceeded: .*maximum number of allowed CIDRs: 5"):
        network.create(FURTHER, "one more", vpcId="$vpc", cidrBlock="10.9.0.0/20")


def test_a_vpc_has_one_internet_gateway(network: Clouds) -> None:
    network.create(INTERNET_GATEWAY, "elsewhere", vpcId="$other-vpc")
    with pytest.raises(Refused, match=r"InvalidParameterValue: network vpc-.* already has an Internet gateway"):
        network.create(INTERNET_GATEWAY, "second", vpcId="$vpc")


def test_a_vpc_goes_after_all_that_is_in_it_and_takes_its_further_cidrs_along(clouds: Clouds) -> None:
    clouds.create(VPC, "vpc", cidrBlock="10.0.0.0/16")
    clouds.create(FURTHER, "further", vpcId="$vpc", cidrBlock="10.3.0.0/20")
    clouds.create(SUBNET, "subnet", vpcId="$vpc", cidrBlock="10.0.0.0/24")
    with pytest.raises(Refused, match=r"DependencyViolation: vpc-.* is in use by aws:ec2/subnet:Subnet subnet-"):
        clouds.delete("vpc")
    clouds.delete("subnet")
    clouds.delete("vpc")

    assert clouds.store.resources() == []
    clouds.delete("further")  # gone already: no error


def test_a_subnet_goes_after_its_interfaces(network: Clouds) -> None:
    with pytest.raises(Refused, match=rf"DependencyViolation: subnet-.* is in use by {INTERFACE}"):
        network.delete("subnet-a")


def test_an_internet_gateway_goes_after_the_elastic_ips(network: Clouds) -> None:
    network.create(EIP, "eip", networkInterface="$interface-a")
    with pytest.raises(Refused, match=r"DependencyViolation: network vpc-.* has some mapped public address"):
        network.delete("internet")
    network.delete("eip")
    network.delete("internet")

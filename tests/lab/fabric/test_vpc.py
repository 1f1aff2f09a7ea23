from __future__ import annotations

from lab.fabric.instances import instances
from lab.fabric.vpc import Vpc, vpcs
from tests.lab.fabric.deployed import REGION, Deployed


def _vpcs(deployed: Deployed) -> dict[str, Vpc]:
    clouds = deployed.clouds()
    return {vpc.name: vpc for vpc in vpcs(clouds, instances(clouds))}


def test_each_subnet_has_a_probe_host_but_those_the_attachment_has_to_itself() -> None:
    hosts = {host.netns: str(host.address) for host in _vpcs(Deployed())["app"].hosts()}
    assert hosts == {"host-app-a": "10.20.1.254", "host-app-c": "10.20.3.254"}


def test_a_subnet_that_hosts_and_the_attachment_share_has_a_probe_host() -> None:
    deployed = Deployed()
    deployed.change("tgw/VpcAttachment", "tgw-attach-app", subnetIds=["subnet-app-a", "subnet-app-c"])
    for zone in "ac":
        deployed.remove("ec2/Subnet", f"subnet-app-t{zone}")
    assert {host.netns for host in _vpcs(deployed)["app"].hosts()} == {"host-app-a", "host-app-c"}


def test_a_probe_host_takes_no_address_that_is_in_use() -> None:
    deployed = Deployed()
    deployed.change("ec2/NetworkInterface", "eni-aws-a", privateIp="10.255.0.14", privateIps=["10.255.0.14"])
    addresses = {host.netns: str(host.address) for host in _vpcs(deployed)["router"].hosts()}
    assert addresses["host-router-a"] == "10.255.0.13"


def test_two_subnets_of_one_zone_have_a_host_each() -> None:
    deployed = Deployed()
    deployed.put("ec2/Subnet", "extra", vpcId="vpc-app", cidrBlock="10.20.8.0/24", availabilityZone=REGION + "a")
    assert {host.netns for host in _vpcs(deployed)["app"].hosts()} == {"host-app-a", "host-app-a-2", "host-app-c"}


def test_further_ranges_of_a_vpc_are_its_own() -> None:
    deployed = Deployed()
    deployed.put("ec2/VpcIpv4CidrBlockAssociation", "more", vpcId="vpc-app", cidrBlock="10.30.0.0/24")
    assert [str(cidr) for cidr in _vpcs(deployed)["app"].cidrs] == ["10.20.0.0/20", "10.30.0.0/24"]


def test_an_interface_that_no_machine_holds_is_not_there() -> None:
    deployed = Deployed()
    deployed.remove("autoscaling/Group", "asg-aws-a")
    assert {eni.netns for eni in _vpcs(deployed)["router"].enis if not eni.is_probe} == {"aws-b"}

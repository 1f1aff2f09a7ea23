from __future__ import annotations

import base64

from lab.fabric.instances import instances, misplaced
from tests.lab.fabric.deployed import REGION, Deployed


def test_a_machine_is_called_what_its_boot_object_says() -> None:
    found = {machine.name: machine for machine in instances(Deployed().clouds())}
    assert sorted(found) == ["aws-a", "aws-b"]
    assert found["aws-a"].interface_id == "eni-aws-a"
    assert found["aws-a"].id.startswith("i-")
    assert len(found["aws-a"].id) == 19


def test_a_machine_whose_user_data_is_no_boot_object_is_called_by_its_tag_or_id() -> None:
    deployed = Deployed()
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", userData=base64.b64encode(b"#!/bin/sh").decode())
    by_group = {machine.group_id: machine for machine in instances(deployed.clouds())}
    assert by_group["asg-aws-a"].name == by_group["asg-aws-a"].id
    tags = [{"key": "flets-to-vpc:router", "value": "aws-a", "propagateAtLaunch": True}]
    deployed.change("autoscaling/Group", "asg-aws-a", tags=tags)
    assert {machine.name for machine in instances(deployed.clouds())} == {"aws-a", "aws-b"}


def test_a_group_that_wants_no_machine_has_none() -> None:
    deployed = Deployed()
    deployed.change("autoscaling/Group", "asg-aws-a", desiredCapacity=0)
    assert [machine.name for machine in instances(deployed.clouds())] == ["aws-b"]


def test_a_machine_carries_the_role_of_its_profile() -> None:
    deployed = Deployed()
    deployed.put(
        "iam/InstanceProfile", "profile", arn="arn:aws:iam::1:instance-profile/p", name="p", role="router-role"
    )
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", iamInstanceProfile={"arn": "arn:aws:iam::1:instance-profile/p"})
    roles = {machine.name: machine.role for machine in instances(deployed.clouds())}
    assert roles == {"aws-a": "router-role", "aws-b": ""}


def test_a_template_without_an_interface_is_found() -> None:
    deployed = Deployed()
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", networkInterfaces=[])
    (finding,) = misplaced(deployed.clouds(), instances(deployed.clouds()))
    assert (finding.hop, finding.resource) == ("aws-a", "asg-aws-a")


def test_a_group_in_another_zone_than_its_interface_is_found() -> None:
    deployed = Deployed()
    deployed.change("autoscaling/Group", "asg-aws-a", availabilityZones=[REGION + "d"])
    (finding,) = misplaced(deployed.clouds(), instances(deployed.clouds()))
    assert "eni-aws-a" in finding.rule

from __future__ import annotations

import base64

import pytest

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
    (finding,) = misplaced(deployed.clouds(), instances(deployed.clouds()), "ami-1")
    assert (finding.hop, finding.resource) == ("aws-a", "asg-aws-a")


def test_a_group_in_another_zone_than_its_interface_is_found() -> None:
    deployed = Deployed()
    deployed.change("autoscaling/Group", "asg-aws-a", availabilityZones=[REGION + "d"])
    (finding,) = misplaced(deployed.clouds(), instances(deployed.clouds()), "ami-1")
    assert "eni-aws-a" in finding.rule


def test_a_machine_that_boots_from_another_image_is_found() -> None:
    deployed = Deployed()
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", imageId="ami-2")
    deployed.change("ec2/LaunchTemplate", "lt-aws-b", imageId="ami-1")
    (finding,) = misplaced(deployed.clouds(), instances(deployed.clouds()), "ami-1")
    assert (finding.hop, finding.rule) == (
        "aws-a",
        "its launch template boots ami-2, and the routers' image is ami-1",
    )


@pytest.mark.parametrize(
    ("stated", "interface"),
    [("1", "eni-old"), ("2", "eni-aws-a"), ("$Latest", "eni-aws-a"), ("$Default", "eni-old"), (None, "eni-old")],
)
def test_a_machine_is_of_the_version_that_its_group_names(stated: str | None, interface: str) -> None:
    deployed = Deployed()
    card = {"deviceIndex": 0, "networkInterfaceId": "eni-old"}
    old = {"networkInterfaces": [card], "userData": base64.b64encode(b'{"router": "aws-a"}').decode()}
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", latestVersion=2, defaultVersion=1, __earlierVersions={"1": old})
    deployed.change("autoscaling/Group", "asg-aws-a", launchTemplate={"id": "lt-aws-a", "version": stated})
    found = {machine.name: machine for machine in instances(deployed.clouds())}
    assert found["aws-a"].interface_id == interface


def test_a_group_that_names_a_version_nobody_made_has_a_machine_without_an_interface() -> None:
    deployed = Deployed()
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", latestVersion=2)
    deployed.change("autoscaling/Group", "asg-aws-a", launchTemplate={"id": "lt-aws-a", "version": "7"})
    (finding,) = misplaced(deployed.clouds(), instances(deployed.clouds()), "ami-1")
    assert finding.resource == "asg-aws-a"


def test_a_machine_with_the_user_data_of_another_is_called_by_its_tag() -> None:
    deployed = Deployed()
    other = base64.b64encode(b'{"router": "aws-b"}').decode()
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", userData=other)
    tags = [{"key": "flets-to-vpc:router", "value": "aws-a", "propagateAtLaunch": True}]
    deployed.change("autoscaling/Group", "asg-aws-a", tags=tags)
    assert {machine.name for machine in instances(deployed.clouds())} == {"aws-a", "aws-b"}


def test_an_interface_that_two_templates_name_is_found_at_both() -> None:
    deployed = Deployed()
    card = {"deviceIndex": 0, "networkInterfaceId": "eni-aws-b"}
    deployed.change("ec2/LaunchTemplate", "lt-aws-a", networkInterfaces=[card])
    found = misplaced(deployed.clouds(), instances(deployed.clouds()), "ami-1")
    says = "its launch template names eni-aws-b, and so does that of"
    assert {(finding.hop, finding.rule) for finding in found if says in finding.rule} == {
        ("aws-a", f"{says} aws-b"),
        ("aws-b", f"{says} aws-a"),
    }

"""What EC2 refuses of launch templates."""

from __future__ import annotations

import base64

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import Case, Clouds, case, refused
from tests.lab.clouds.standing import LAUNCH_TEMPLATE, TEMPLATE_A

FIXED = {"networkInterfaceId": "$interface-a"}


@pytest.mark.parametrize(
    "row",
    [
        case("its name is free", "InvalidLaunchTemplateName.AlreadyExistsException", "taken is already in use",
             name="taken"),
        case("its name is plain", "InvalidParameterValue", "3 to 128", name="a b"),
        case("user data is 16384 bytes", "InvalidUserData.Malformed", "at most 16384 bytes",
             userData=base64.b64encode(b"x" * 16385).decode()),
        case("user data is base64", "InvalidUserData.Malformed", "must be base64", userData="{}"),
        case("its interface exists", "InvalidNetworkInterfaceID.NotFound", "no resource has it",
             networkInterfaces=[{"networkInterfaceId": "eni-0"}]),
        case("its interface brings its groups", "InvalidParameterCombination", "brings its own securityGroups",
             networkInterfaces=[{**FIXED, "securityGroups": ["$group"]}]),
        case("its interface brings its address", "InvalidParameterCombination", "own associatePublicIpAddress",
             networkInterfaces=[{**FIXED, "associatePublicIpAddress": "true"}]),
        case("its interface brings its subnet", "InvalidParameterCombination", "brings its own subnetId",
             networkInterfaces=[{**FIXED, "subnetId": "$subnet-a"}]),
        case("its image exists", "InvalidAMIID.NotFound", "no resource has it", imageId="ami-0"),
        case("its profile exists", "InvalidIamInstanceProfileArn.Malformed", "no resource has it",
             iamInstanceProfile={"arn": "arn:aws:iam::1:instance-profile/x"}),
        case("tokens are optional or required", "InvalidParameterValue", "optional, required",
             metadataOptions={"httpTokens": "please"}),
        case("hops are few", "InvalidParameterValue", "from 1 to 64", metadataOptions={"httpPutResponseHopLimit": 65}),
        case("a volume is of a type", "InvalidParameterValue", "one of gp2", blockDeviceMappings=[
            {"deviceName": "/dev/xvda", "ebs": {"volumeType": "fast"}}]),
    ],
)  # fmt: skip
def test_a_template(network: Clouds, row: Case) -> None:
    network.create(LAUNCH_TEMPLATE, "first", **TEMPLATE_A, name="taken")
    refused(network, LAUNCH_TEMPLATE, TEMPLATE_A, row)


def test_a_change_is_a_new_version(machine: Clouds) -> None:
    assert machine.update("template-a", instanceType="t4g.small").outputs["latestVersion"] == 2


def test_earlier_versions_are_kept_for_groups_that_name_them(machine: Clouds) -> None:
    before = machine.update("template-a", instanceType="t4g.small")
    after = machine.update("template-a", instanceType="t4g.large")

    earlier = after.outputs["__earlierVersions"]
    assert [data["instanceType"] for _, data in sorted(earlier.items())] == ["t4g.micro", before.inputs["instanceType"]]
    assert "name" not in earlier["1"]


def test_a_name_is_taken_in_its_region_only(network: Clouds) -> None:
    elsewhere = {"region": "ap-northeast-3", "name": "taken"}
    network.create(LAUNCH_TEMPLATE, "first", name="taken")
    network.create(LAUNCH_TEMPLATE, "elsewhere", **elsewhere)
    with pytest.raises(Refused, match=r"AlreadyExistsException"):
        network.create(LAUNCH_TEMPLATE, "again", **elsewhere)

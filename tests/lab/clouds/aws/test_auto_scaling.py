"""What Auto Scaling refuses of groups, above all of one whose machine has a fixed interface."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, REGION, Case, Clouds, case, refused
from tests.lab.clouds.standing import GROUP, GROUP_A, INTERFACE, LAUNCH_TEMPLATE, TEMPLATE_A

HOOK = {"name": "drain", "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "heartbeatTimeout": 900}
GROUP_B = {**GROUP_A, "launchTemplate": {"id": "$template-b", "version": "1"}}


@pytest.mark.parametrize(
    "row",
    [
        case("its name is free", "AlreadyExists", "by this name already exists: group", name="group"),
        case("it wants what it may have", "ValidationError", "not between minSize 1 and maxSize 1", desiredCapacity=2),
        case("it has zones or subnets", "ValidationError", "and not both", availabilityZones=LEFT_OUT),
        case("it has not both", "ValidationError", "and not both", vpcZoneIdentifiers=["$subnet-a"]),
        case("a fixed interface needs zones", "ValidationError", "availabilityZones, not subnets",
             availabilityZones=LEFT_OUT, vpcZoneIdentifiers=["$subnet-a"]),
        case("its zone is the interfaces", "ValidationError", "is in ap-northeast-1a, the group in",
             availabilityZones=[f"{REGION}c"]),
        case("its zone exists", "ValidationError", "is no zone of", availabilityZones=[f"{REGION}b"]),
        case("its interface is free", "InvalidNetworkInterface.InUse", "is in use by the machine of group",
             launchTemplate={"id": "$template-a", "version": "1"}),
        case("two machines never share an interface", "InvalidNetworkInterface.InUse", "no second one", maxSize=2,
             desiredCapacity=2),
        case("a refresh ends the old machine first", "InvalidNetworkInterface.InUse", "minHealthyPercentage 90",
             instanceRefresh={"strategy": "Rolling"}),
        case("maintenance ends the old machine first", "InvalidNetworkInterface.InUse", "minHealthyPercentage 100",
             instanceMaintenancePolicy={"minHealthyPercentage": 100, "maxHealthyPercentage": 110}),
        case("a refresh never starts for latest", "ValidationError", "version is $Latest; state its number",
             launchTemplate={"id": "$template-b", "version": "$Latest"}),
        case("its version exists", "ValidationError", "has no version 7",
             launchTemplate={"id": "$template-b", "version": "7"}),
        case("it has a template", "ValidationError", "by its id", launchTemplate=LEFT_OUT),
        case("its template exists", "ValidationError", "no resource has it", launchTemplate={"id": "lt-0"}),
        case("its template has no groups beside the interface", "ValidationError", "instance-level security groups",
             launchTemplate={"id": "$grouped", "version": "1"}),
        case("its template has an image", "ValidationError", "must contain imageId",
             launchTemplate={"id": "$imageless", "version": "1"}),
        case("its machine is of the images kind", "ValidationError", "'x86_64' of t3.micro does not match 'arm64'",
             launchTemplate={"id": "$intel", "version": "1"}),
        case("a hook waits at most two hours", "ValidationError", "from 30 to 7200",
             initialLifecycleHooks=[{**HOOK, "heartbeatTimeout": 7201}]),
        case("a hook has its own name", "ValidationError", "a name of its own", initialLifecycleHooks=[HOOK, HOOK]),
        case("a transition is one", "ValidationError", "autoscaling:EC2_INSTANCE_LAUNCHING",
             initialLifecycleHooks=[{**HOOK, "lifecycleTransition": "autoscaling:NOPE"}]),
        case("health is checked by someone", "ValidationError", "must match", healthCheckType="CUSTOM"),
        case("a share is one", "ValidationError", "from 100 to 200",
             instanceMaintenancePolicy={"minHealthyPercentage": 0, "maxHealthyPercentage": 99}),
    ],
)  # fmt: skip
def test_a_group(machine: Clouds, row: Case) -> None:
    machine.create(INTERFACE, "interface-b", subnetId="$subnet-a", privateIps=["10.0.0.20"])
    template = {**TEMPLATE_A, "networkInterfaces": [{"networkInterfaceId": "$interface-b"}]}
    machine.create(LAUNCH_TEMPLATE, "template-b", **template)
    machine.create(LAUNCH_TEMPLATE, "grouped", **template, vpcSecurityGroupIds=["$group"])
    machine.create(LAUNCH_TEMPLATE, "imageless", **{**template, "imageId": LEFT_OUT})
    machine.create(LAUNCH_TEMPLATE, "intel", **{**template, "instanceType": "t3.micro"})
    machine.delete("group-a")
    machine.create(GROUP, "group", **GROUP_A, name="group")
    refused(machine, GROUP, GROUP_B, row)


def test_a_good_group_is_taken_beside_another(machine: Clouds) -> None:
    machine.create(INTERFACE, "interface-c", subnetId="$subnet-c", privateIps=["10.0.1.10"])
    template = {**TEMPLATE_A, "networkInterfaces": [{"networkInterfaceId": "$interface-c"}]}
    machine.create(LAUNCH_TEMPLATE, "template-c", **template)
    machine.create(
        GROUP, "group-c",
        **{**GROUP_A, "availabilityZones": [f"{REGION}c"], "launchTemplate": {"id": "$template-c", "version": "1"}},
        initialLifecycleHooks=[HOOK],
    )  # fmt: skip


def test_a_template_that_is_gone_leaves_its_group_standing(machine: Clouds) -> None:
    """DeleteLaunchTemplate asks nobody; the group finds out at its next launch."""
    machine.delete("template-a")
    with pytest.raises(Refused, match=r"ValidationError: launchTemplate.id"):
        machine.update("group-a", desiredCapacity=1)

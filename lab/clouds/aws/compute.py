"""Launch templates and Auto Scaling groups of one machine with a fixed network interface."""

from __future__ import annotations

from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, TAGS, arn, ec2_arn, zone_names
from lab.clouds.aws.iam import INSTANCE_PROFILE
from lab.clouds.aws.interfaces import NETWORK_INTERFACE
from lab.clouds.aws.vpc import SUBNET
from lab.clouds.declaration import base64_text, flag, listing, record, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Refusals, Refused, named, prefixed

LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:autoscaling/group:Group"
AMI = "aws:ec2/ami:Ami"

_USER_DATA_BYTES = 16384


def _template_outputs(template: Proposal) -> dict[str, Any]:
    version = (template.old.outputs["latestVersion"] + 1) if template.old else 1
    default = version if template.inputs.get("updateDefaultVersion") else 1
    return {"arn": ec2_arn(template, "launch-template"), "latestVersion": version, "defaultVersion": default}


def _fixed_interface_alone(template: Proposal) -> Refusals:
    devices = template.inputs.get("networkInterfaces", [])
    if devices and template.inputs.get("vpcSecurityGroupIds"):
        rule = "network interfaces and an instance-level security group may not be specified together"
        yield Refused("InvalidParameterCombination", rule)
    for other in template.others(LAUNCH_TEMPLATE):
        taken = {device.get("networkInterfaceId") for device in other.inputs.get("networkInterfaces", [])}
        for device in devices:
            if device.get("networkInterfaceId") in taken:
                yield Refused("InvalidNetworkInterface.InUse", f"{device['networkInterfaceId']} is in {other.id}")


def _sizes_fit(group: Proposal) -> Refusals:
    least, most = group.inputs["minSize"], group.inputs["maxSize"]
    wanted = group.inputs.get("desiredCapacity", least)
    if not least <= wanted <= most:
        yield Refused("ValidationError", f"desired capacity {wanted} is not between minSize {least} and maxSize {most}")


def _zones_or_subnets(group: Proposal) -> Refusals:
    zones, subnets = group.inputs.get("availabilityZones"), group.inputs.get("vpcZoneIdentifiers")
    if bool(zones) == bool(subnets):
        yield Refused("ValidationError", "state availabilityZones or vpcZoneIdentifiers, and not both")
    for zone in zones or []:
        if zone not in zone_names(group.place):
            yield Refused("ValidationError", f"{zone} is no zone of {group.place}")
    template = group.the(LAUNCH_TEMPLATE, group.inputs["launchTemplate"]["id"])
    for device in template.inputs.get("networkInterfaces", []):
        interface = group.the(NETWORK_INTERFACE, device["networkInterfaceId"])
        home = group.the(SUBNET, interface.inputs["subnetId"]).outputs["availabilityZone"]
        if subnets:
            rule = "a template with a network interface needs availabilityZones, not subnets"
            yield Refused("ValidationError", rule)
        elif zones != [home]:
            yield Refused("ValidationError", f"{interface.id} is in {home}, the group in {', '.join(zones or [])}")


def _version_exists(group: Proposal) -> Refusals:
    stated = group.inputs["launchTemplate"].get("version", "$Default")
    latest = group.the(LAUNCH_TEMPLATE, group.inputs["launchTemplate"]["id"]).outputs["latestVersion"]
    if stated not in ("$Default", "$Latest") and not (stated.isdigit() and 1 <= int(stated) <= latest):
        yield Refused("ValidationError", f"the launch template has no version {stated}")


_HEALTHY_SHARE = {"minHealthyPercentage": whole(0, 100), "maxHealthyPercentage": whole(100, 200)}

KINDS = (
    Kind(
        type=LAUNCH_TEMPLATE,
        inputs={
            **REGIONAL,
            "name": text(most=128, replaces=True),
            "description": text(most=255),
            "imageId": refers_to(AMI, absent="InvalidAMIID.NotFound"),
            "instanceType": text(pattern=r"[a-z0-9-]+\.[a-z0-9-]+", meaning="an instance type"),
            "userData": base64_text(_USER_DATA_BYTES, "InvalidUserData.Malformed"),
            "updateDefaultVersion": flag(),
            "iamInstanceProfile": record(
                {
                    "arn": refers_to(INSTANCE_PROFILE, by=("arn",), absent="InvalidIamInstanceProfileArn.Malformed"),
                    "name": refers_to(INSTANCE_PROFILE, by=("name",), absent="InvalidParameterValue"),
                }
            ),
            "networkInterfaces": listing(
                record(
                    {
                        "deviceIndex": whole(0, 0, required=True),
                        "networkInterfaceId": refers_to(
                            NETWORK_INTERFACE, absent="InvalidNetworkInterfaceID.NotFound", required=True
                        ),
                    }
                ),
                most=1,
            ),
            "vpcSecurityGroupIds": listing(text()),
            "metadataOptions": record(
                {
                    "httpEndpoint": text("enabled", "disabled"),
                    "httpTokens": text("optional", "required"),
                    "httpPutResponseHopLimit": whole(1, 64),
                    "instanceMetadataTags": text("enabled", "disabled"),
                }
            ),
            "blockDeviceMappings": listing(
                record(
                    {
                        "deviceName": text(required=True),
                        "ebs": record(
                            {
                                "encrypted": text("true", "false"),
                                "volumeType": text("gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"),
                                "volumeSize": whole(1, 65536),
                                "deleteOnTermination": text("true", "false"),
                                "kmsKeyId": text(),
                            }
                        ),
                    }
                )
            ),
            "tagSpecifications": listing(
                record({"resourceType": text("instance", "volume", "network-interface", required=True), "tags": TAGS})
            ),
        },
        identify=prefixed("lt"),
        outputs=_template_outputs,
        rules=(_fixed_interface_alone,),
        automatic_name=AutomaticName(property="name", most=128),
        volatile=frozenset({"latestVersion", "defaultVersion"}),
        in_use="DependencyViolation",
    ),
    Kind(
        type=GROUP,
        inputs={
            **REGION_ONLY,
            "name": text(most=255, replaces=True),
            "minSize": whole(0, required=True),
            "maxSize": whole(0, required=True),
            "desiredCapacity": whole(0),
            "launchTemplate": record(
                {"id": refers_to(LAUNCH_TEMPLATE, absent="ValidationError", required=True), "version": text()},
                required=True,
            ),
            "availabilityZones": listing(text(), unordered=True),
            "vpcZoneIdentifiers": listing(refers_to(SUBNET, absent="ValidationError"), unordered=True),
            "healthCheckType": text("EC2", "EBS", "ELB", "VPC_LATTICE", default="EC2"),
            "healthCheckGracePeriod": whole(0, default=300),
            "initialLifecycleHooks": listing(
                record(
                    {
                        "name": text(required=True),
                        "lifecycleTransition": text(
                            "autoscaling:EC2_INSTANCE_LAUNCHING",
                            "autoscaling:EC2_INSTANCE_TERMINATING",
                            required=True,
                        ),
                        "defaultResult": text("CONTINUE", "ABANDON"),
                        "heartbeatTimeout": whole(30, 7200),
                    }
                ),
                replaces=True,
            ),
            "instanceMaintenancePolicy": record(_HEALTHY_SHARE),
            "instanceRefresh": record(
                {
                    "strategy": text("Rolling", required=True),
                    "triggers": listing(text()),
                    "preferences": record(
                        {
                            **_HEALTHY_SHARE,
                            "instanceWarmup": text(),
                            "skipMatching": flag(),
                            "autoRollback": flag(),
                        }
                    ),
                }
            ),
            "tags": listing(
                record(
                    {"key": text(required=True), "value": text(required=True), "propagateAtLaunch": flag(required=True)}
                ),
                unordered=True,
            ),
        },
        identify=named("name"),
        outputs=lambda group: {
            "arn": arn("autoscaling", group.place, f"autoScalingGroup::autoScalingGroupName/{group.id}")
        },
        rules=(_sizes_fit, _zones_or_subnets, _version_exists),
        automatic_name=AutomaticName(property="name", most=255),
    ),
)

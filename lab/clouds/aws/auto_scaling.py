"""Auto Scaling groups, above all those of one machine with a fixed network interface."""

from __future__ import annotations

import re

from lab.clouds.aws.account import REGION_ONLY, arn, zone_names
from lab.clouds.aws.interfaces import GROUP, LAUNCH_TEMPLATE, machines_with
from lab.clouds.aws.launch_templates import AMI
from lab.clouds.aws.vpc import NETWORK_INTERFACE, SUBNET
from lab.clouds.declaration import Tie, flag, listing, record, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Quota, Refusals, Refused, named
from lab.clouds.schema import Schema
from lab.clouds.store import Resource

_GRAVITON = re.compile(r"[a-z]+\d+g|a1\.")
"""`t4g.micro`: the letter behind the generation; the first generation had none."""


def _template_of(group: Proposal) -> Resource:
    if "id" not in group.inputs.get("launchTemplate", {}):
        raise Refused("ValidationError", "a launch template must be stated by its id")
    return group.the(LAUNCH_TEMPLATE, group.inputs["launchTemplate"]["id"])


def _fixed_interfaces(group: Proposal) -> list[Resource]:
    cards = _template_of(group).inputs.get("networkInterfaces", [])
    return [group.the(NETWORK_INTERFACE, card["networkInterfaceId"]) for card in cards if "networkInterfaceId" in card]


def _wanted(group: Proposal) -> int:
    return int(group.inputs.get("desiredCapacity", group.inputs["minSize"]))


def _sizes_fit(group: Proposal) -> Refusals:
    least, most, wanted = group.inputs["minSize"], group.inputs["maxSize"], _wanted(group)
    if not least <= wanted <= most:
        yield Refused("ValidationError", f"desired capacity {wanted} is not between minSize {least} and maxSize {most}")


def _zones_or_subnets(group: Proposal) -> Refusals:
    zones, subnets = group.inputs.get("availabilityZones"), group.inputs.get("vpcZoneIdentifiers")
    if bool(zones) == bool(subnets):
        yield Refused("ValidationError", "state availabilityZones or vpcZoneIdentifiers, and not both")
    for zone in zones or []:
        if zone not in zone_names(group.place):
            yield Refused("ValidationError", f"{zone} is no zone of {group.place}")
    for interface in _fixed_interfaces(group):
        home = group.the(SUBNET, interface.inputs["subnetId"]).outputs["availabilityZone"]
        if subnets:
            rule = "a template with a network interface needs availabilityZones, not subnets"
            yield Refused("ValidationError", rule)
        elif zones != [home]:
            yield Refused("ValidationError", f"{interface.id} is in {home}, the group in {', '.join(zones or [])}")


def _version_exists(group: Proposal) -> Refusals:
    stated = group.inputs["launchTemplate"].get("version", "$Default")
    latest = _template_of(group).outputs["latestVersion"]
    if stated not in ("$Default", "$Latest") and not (stated.isdigit() and 1 <= int(stated) <= latest):
        yield Refused("ValidationError", f"the launch template has no version {stated}")
    if not stated.isdigit() and "instanceRefresh" in group.inputs:
        # The real provider says nothing, and no refresh ever starts.
        rule = f"an instance refresh never starts while the launch template's version is {stated}; state its number"
        yield Refused("ValidationError", rule)


def _template_is_well_formed(group: Proposal) -> Refusals:
    """What AWS finds out only when a group is made from a template."""
    template = _template_of(group).inputs
    said = "You must use a valid fully-formed launch template."
    if template.get("networkInterfaces") and template.get("vpcSecurityGroupIds"):
        rule = "Network interfaces and an instance-level security groups may not be specified on the same request"
        yield Refused("ValidationError", f"{said} {rule}")
    for name in ("imageId", "instanceType"):
        if name not in template:
            yield Refused("ValidationError", f"{said} The request must contain {name}")
    for image in group.store.of(AMI):
        architecture = image.outputs.get("architecture")
        needed = "arm64" if _GRAVITON.match(template.get("instanceType", "")) else "x86_64"
        if image.id == template.get("imageId") and architecture not in (None, needed):
            rule = (
                f"The architecture '{needed}' of {template['instanceType']} does not match '{architecture}' of the AMI"
            )
            yield Refused("ValidationError", f"{said} {rule}")


def _interface_is_free(group: Proposal) -> Refusals:
    """Two machines never share an interface: the second launch fails, and the provider waits for it in vain."""
    for interface in _fixed_interfaces(group):
        for other in machines_with(group, interface.id):
            yield Refused(
                "InvalidNetworkInterface.InUse", f"interface {interface.id} is in use by the machine of {other}"
            )
        if _wanted(group) > 1:
            rule = f"interface {interface.id} is in use by the group's first machine; it can have no second one"
            yield Refused("InvalidNetworkInterface.InUse", rule)


def _old_machine_leaves_first(group: Proposal) -> Refusals:
    """Stricter than the call: AWS accepts it, and the new machine then waits for an interface that is never free."""
    preferences = group.inputs.get("instanceRefresh", {}).get("preferences", {})
    shares = {
        "instanceRefresh": preferences.get("minHealthyPercentage", 90) if "instanceRefresh" in group.inputs else 0,
        "instanceMaintenancePolicy": group.inputs.get("instanceMaintenancePolicy", {}).get("minHealthyPercentage", 0),
    }
    for interface in _fixed_interfaces(group):
        for name, share in shares.items():
            if share > 0:
                rule = f"{name}: with minHealthyPercentage {share} the new machine starts before the old one has left"
                yield Refused("InvalidNetworkInterface.InUse", f"{rule}, and {interface.id} is not free; state 0")


def _hooks_have_names_of_their_own(group: Proposal) -> Refusals:
    names = [hook["name"] for hook in group.inputs.get("initialLifecycleHooks", [])]
    if len(set(names)) < len(names):
        yield Refused("ValidationError", "each lifecycle hook needs a name of its own")


KINDS = (
    Kind(
        type=GROUP,
        inputs={
            **REGION_ONLY,
            "name": text(most=255, replaces=True),
            "minSize": whole(0, required=True),
            "maxSize": whole(0, required=True),
            "desiredCapacity": whole(0),
            "launchTemplate": record(
                {
                    "id": refers_to(LAUNCH_TEMPLATE, absent="ValidationError", tie=Tie.LOOSE),
                    "version": text(),
                }
            ),
            "availabilityZones": listing(text(), unordered=True),
            "vpcZoneIdentifiers": listing(refers_to(SUBNET, absent="ValidationError", tie=Tie.LOOSE), unordered=True),
            "healthCheckType": text(default="EC2"),
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
            "instanceMaintenancePolicy": record(
                {
                    "minHealthyPercentage": whole(0, 100, required=True),
                    "maxHealthyPercentage": whole(100, 200, required=True),
                }
            ),
            "instanceRefresh": record(
                {
                    "strategy": text("Rolling", required=True),
                    "triggers": listing(text()),
                    "preferences": record(
                        {
                            "minHealthyPercentage": whole(0, 100),
                            "maxHealthyPercentage": whole(100, 200),
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
        schema=Schema(
            "AWS::AutoScaling::AutoScalingGroup",
            names={
                "name": "AutoScalingGroupName",
                "initialLifecycleHooks": "LifecycleHookSpecificationList",
                "vpcZoneIdentifiers": "VPCZoneIdentifier",
            },
            not_alike={
                "initialLifecycleHooks": "the provider gives them with the creation only",
                "launchTemplate": "a condition of CloudFormation's; the provider changes it in place",
                "vpcZoneIdentifiers": "a condition of CloudFormation's; the provider changes them in place",
                "minSize": "a string in CloudFormation",
                "maxSize": "a string in CloudFormation",
                "desiredCapacity": "a string in CloudFormation",
            },
        ),
        malformed="ValidationError",
        identify=named("name"),
        outputs=lambda group: {
            "arn": arn("autoscaling", group.place, f"autoScalingGroup::autoScalingGroupName/{group.id}")
        },
        quotas=(
            Quota(
                most=1, per=("name",), code="AlreadyExists", rule="AutoScalingGroup by this name already exists: {name}"
            ),
        ),
        rules=(
            _sizes_fit,
            _zones_or_subnets,
            _version_exists,
            _template_is_well_formed,
            _interface_is_free,
            _old_machine_leaves_first,
            _hooks_have_names_of_their_own,
        ),
        automatic_name=AutomaticName(property="name", most=255),
    ),
)

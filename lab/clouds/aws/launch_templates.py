"""EC2 launch templates: what machines are made from. AWS looks into most of it only when a group launches one."""

from __future__ import annotations

from typing import Any

from lab.clouds.aws.account import REGIONAL, TAGS, ec2_arn
from lab.clouds.aws.iam import INSTANCE_PROFILE
from lab.clouds.aws.interfaces import LAUNCH_TEMPLATE
from lab.clouds.aws.security_groups import SECURITY_GROUP
from lab.clouds.aws.vpc import NETWORK_INTERFACE, SUBNET
from lab.clouds.declaration import Tie, base64_text, flag, listing, record, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Quota, Refusals, Refused, prefixed
from lab.clouds.schema import Schema

AMI = "aws:ec2/ami:Ami"

_USER_DATA_BYTES = 16384
_DATA = (
    "imageId",
    "instanceType",
    "userData",
    "iamInstanceProfile",
    "networkInterfaces",
    "metadataOptions",
    "blockDeviceMappings",
    "tagSpecifications",
)
"""What CloudFormation keeps in `LaunchTemplateData`."""


EARLIER_VERSIONS = "__earlierVersions"
"""An output that no program sees: by number, what a group launches that names a version before the latest."""


def _template_outputs(template: Proposal) -> dict[str, Any]:
    version = (template.old.outputs["latestVersion"] + 1) if template.old else 1
    default = version if template.inputs.get("updateDefaultVersion") else 1
    return {
        "arn": ec2_arn(template, "launch-template"),
        "latestVersion": version,
        "defaultVersion": default,
        EARLIER_VERSIONS: _earlier(template),
    }


def _earlier(template: Proposal) -> dict[str, Any]:
    if template.old is None:
        return {}
    data = {name: template.old.inputs[name] for name in _DATA if name in template.old.inputs}
    known: dict[str, Any] = template.old.outputs.get(EARLIER_VERSIONS, {})
    return {**known, str(template.old.outputs["latestVersion"]): data}


def _card_is_new_or_fixed(template: Proposal) -> Refusals:
    for card in template.inputs.get("networkInterfaces", []):
        stated = sorted({*card} & {"subnetId", "securityGroups", "associatePublicIpAddress"})
        if "networkInterfaceId" in card and stated:
            rule = f"a network interface that exists brings its own {', '.join(stated)}; leave these out"
            yield Refused("InvalidParameterCombination", rule)


KINDS = (
    Kind(
        type=LAUNCH_TEMPLATE,
        inputs={
            **REGIONAL,
            "name": text(
                pattern=r"[\w().\-/]{3,128}", meaning="a name of 3 to 128 letters, digits and ()./_-", replaces=True
            ),
            "description": text(most=255),
            "imageId": refers_to(AMI, absent="InvalidAMIID.NotFound", tie=Tie.LOOSE),
            "instanceType": text(pattern=r"[a-z0-9-]+\.[a-z0-9-]+", meaning="an instance type"),
            "userData": base64_text(_USER_DATA_BYTES, "InvalidUserData.Malformed"),
            "updateDefaultVersion": flag(),
            "iamInstanceProfile": record(
                {
                    "arn": refers_to(
                        INSTANCE_PROFILE, by=("arn",), absent="InvalidIamInstanceProfileArn.Malformed", tie=Tie.LOOSE
                    ),
                    "name": refers_to(INSTANCE_PROFILE, by=("name",), absent="InvalidParameterValue", tie=Tie.LOOSE),
                }
            ),
            "networkInterfaces": listing(
                record(
                    {
                        "deviceIndex": whole(0, 0),
                        "networkInterfaceId": refers_to(
                            NETWORK_INTERFACE, absent="InvalidNetworkInterfaceID.NotFound", tie=Tie.LOOSE
                        ),
                        "subnetId": refers_to(SUBNET, absent="InvalidSubnetID.NotFound", tie=Tie.LOOSE),
                        "securityGroups": listing(
                            refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound", tie=Tie.LOOSE)
                        ),
                        "associatePublicIpAddress": text("true", "false"),
                        "deleteOnTermination": text("true", "false"),
                    }
                ),
                most=1,
            ),
            "vpcSecurityGroupIds": listing(
                refers_to(SECURITY_GROUP, absent="InvalidGroup.NotFound", tie=Tie.LOOSE), unordered=True
            ),
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
                        "deviceName": text(),
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
                record({"resourceType": text("instance", "volume", "network-interface"), "tags": TAGS})
            ),
        },
        schema=Schema(
            "AWS::EC2::LaunchTemplate",
            names={
                "name": "LaunchTemplateName",
                "description": "VersionDescription",
                **{name: f"LaunchTemplateData/{name[0].upper()}{name[1:]}" for name in _DATA},
                "vpcSecurityGroupIds": "LaunchTemplateData/SecurityGroupIds",
            },
        ),
        identify=prefixed("lt"),
        outputs=_template_outputs,
        quotas=(
            Quota(
                most=1,
                per=("name",),
                code="InvalidLaunchTemplateName.AlreadyExistsException",
                rule="launch template name {name} is already in use",
            ),
        ),
        rules=(_card_is_new_or_fixed,),
        automatic_name=AutomaticName(property="name", most=128),
        volatile=frozenset({"latestVersion", "defaultVersion", EARLIER_VERSIONS}),
    ),
)

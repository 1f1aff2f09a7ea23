"""Roles, their policies and instance profiles."""

from __future__ import annotations

from lab.clouds.aws.account import TAGS, arn
from lab.clouds.declaration import flag, json_text, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Refusals, Refused, named

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile"

_TRUST_BYTES = 2048
_INLINE_POLICY_BYTES = 10240
_ROLE = refers_to(ROLE, by=("name",), absent="NoSuchEntity", required=True, replaces=True)


def _attached_once(attachment: Proposal) -> Refusals:
    keys = ("role", "policyArn")
    for other in attachment.others(ATTACHMENT):
        if all(other.inputs[key] == attachment.inputs[key] for key in keys):
            yield Refused("EntityAlreadyExists", "the policy is attached to this role already")


KINDS = (
    Kind(
        type=ROLE,
        inputs={
            "tags": TAGS,
            "name": text(pattern=r"[\w+=,.@-]{1,64}", meaning="a role name of at most 64 characters", replaces=True),
            "description": text(most=1000),
            "assumeRolePolicy": json_text(_TRUST_BYTES, "MalformedPolicyDocument", required=True),
            "maxSessionDuration": whole(3600, 43200, default=3600),
            "forceDetachPolicies": flag(),
            "path": text(default="/", replaces=True),
        },
        identify=named("name"),
        outputs=lambda role: {
            "arn": arn("iam", "", f"role/{role.inputs['name']}"),
            "uniqueId": f"AROA{role.digits(17).upper()}",
        },
        automatic_name=AutomaticName(property="name", most=64),
        in_use="DeleteConflict",
    ),
    Kind(
        type=ROLE_POLICY,
        inputs={
            "name": text(most=128, replaces=True),
            "role": _ROLE,
            "policy": json_text(_INLINE_POLICY_BYTES, "MalformedPolicyDocument", required=True),
        },
        identify=lambda policy: f"{policy.inputs['role']}:{policy.inputs['name']}",
        automatic_name=AutomaticName(property="name", most=128),
    ),
    Kind(
        type=ATTACHMENT,
        inputs={
            "role": _ROLE,
            "policyArn": text(
                pattern=r"arn:aws:iam::(aws|\d{12}):policy/.+", meaning="a policy's ARN", required=True, replaces=True
            ),
        },
        identify=lambda attachment: f"{attachment.inputs['role']}-{attachment.digits(17)}",
        rules=(_attached_once,),
    ),
    Kind(
        type=INSTANCE_PROFILE,
        inputs={
            "tags": TAGS,
            "name": text(most=128, replaces=True),
            "path": text(default="/", replaces=True),
            "role": refers_to(ROLE, by=("name",), absent="NoSuchEntity"),
        },
        identify=named("name"),
        outputs=lambda profile: {
            "arn": arn("iam", "", f"instance-profile/{profile.inputs['name']}"),
            "uniqueId": f"AIPA{profile.digits(17).upper()}",
        },
        automatic_name=AutomaticName(property="name", most=128),
        in_use="DeleteConflict",
    ),
)

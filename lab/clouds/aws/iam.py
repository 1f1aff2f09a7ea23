"""Roles, their policies and instance profiles."""

from __future__ import annotations

import json
from typing import Any

from lab.clouds.aws.account import TAGS, arn
from lab.clouds.declaration import flag, json_text, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Quota, Refusals, Refused, named
from lab.clouds.schema import Schema

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile"

_TRUST_BYTES = 2048
_INLINE_POLICY_BYTES = 10240
_DOCUMENT_BYTES = 131072
"""Of one document, before the quota of its role."""
_ROLE = refers_to(ROLE, by=("name",), absent="NoSuchEntity", required=True, replaces=True)


def _inline_policies_fit(policy: Proposal) -> Refusals:
    """IAM counts all inline policies of a role together, without their white space."""
    others = [o for o in policy.others(ROLE_POLICY) if o.inputs["role"] == policy.inputs["role"]]
    documents = [policy.inputs["policy"], *(other.inputs["policy"] for other in others)]
    size = sum(len("".join(str(document).split())) for document in documents)
    if size > _INLINE_POLICY_BYTES:
        rule = f"Maximum policy size of {_INLINE_POLICY_BYTES} bytes exceeded for role {policy.inputs['role']}: {size}"
        yield Refused("LimitExceeded", rule)


def _statements(document: str) -> list[dict[str, Any]]:
    found = json.loads(document).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _policy_is_complete(policy: Proposal) -> Refusals:
    yield from _incomplete(policy.inputs["policy"], ("Action", "Resource"), "Principal")


def _trust_is_complete(role: Proposal) -> Refusals:
    yield from _incomplete(role.inputs["assumeRolePolicy"], ("Action", "Principal"), "Resource")


def _incomplete(document: str, elements: tuple[str, ...], foreign: str) -> Refusals:
    found = _statements(document)
    if not found:
        yield Refused("MalformedPolicyDocument", "a policy needs a Statement")
    for statement in found:
        if statement.get("Effect") not in ("Allow", "Deny"):
            yield Refused("MalformedPolicyDocument", "Missing required field Effect: Allow or Deny")
        for element in elements:
            if not {element, f"Not{element}"} & {*statement}:
                yield Refused("MalformedPolicyDocument", f"Missing required field {element}")
        if foreign in statement:
            yield Refused("MalformedPolicyDocument", f"Has prohibited field {foreign}")


def _unique(what: str) -> Quota:
    return Quota(most=1, per=("name",), code="EntityAlreadyExists", rule=f"{what} with name {{name}} already exists")


KINDS = (
    Kind(
        type=ROLE,
        inputs={
            "tags": TAGS,
            "name": text(replaces=True),
            "description": text(),
            "assumeRolePolicy": json_text(_TRUST_BYTES, "MalformedPolicyDocument", "LimitExceeded", required=True),
            "maxSessionDuration": whole(default=3600),
            "forceDetachPolicies": flag(),
            "path": text(default="/", replaces=True),
        },
        schema=Schema("AWS::IAM::Role", names={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}),
        malformed="ValidationError",
        identify=named("name"),
        outputs=lambda role: {
            "arn": arn("iam", "", f"role/{role.inputs['name']}"),
            "uniqueId": f"AROA{role.digits(17).upper()}",
        },
        automatic_name=AutomaticName(property="name", most=64),
        quotas=(_unique("Role"),),
        rules=(_trust_is_complete,),
        in_use="DeleteConflict",
    ),
    Kind(
        type=ROLE_POLICY,
        inputs={
            "name": text(replaces=True),
            "role": _ROLE,
            "policy": json_text(_DOCUMENT_BYTES, "MalformedPolicyDocument", required=True),
        },
        schema=Schema(
            "AWS::IAM::RolePolicy", names={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}
        ),
        malformed="ValidationError",
        quotas=(
            # Stricter than IAM, where the second one overwrites the first.
            Quota(most=1, per=("role", "name"), code="EntityAlreadyExists", rule="{role} has a policy {name} already"),
        ),
        rules=(_policy_is_complete, _inline_policies_fit),
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
        malformed="ValidationError",
        quotas=(
            Quota(most=10, per=("role",), code="LimitExceeded", rule="Cannot exceed quota for PoliciesPerRole: {most}"),
            # Stricter than IAM, where the second attachment changes nothing, and the first deletion ends both.
            Quota(
                most=1,
                per=("role", "policyArn"),
                code="EntityAlreadyExists",
                rule="{policyArn} is attached to {role} already",
            ),
        ),
    ),
    Kind(
        type=INSTANCE_PROFILE,
        inputs={
            "tags": TAGS,
            "name": text(replaces=True),
            "path": text(default="/", replaces=True),
            "role": refers_to(ROLE, by=("name",), absent="NoSuchEntity"),
        },
        schema=Schema("AWS::IAM::InstanceProfile", names={"name": "InstanceProfileName", "role": "Roles"}),
        malformed="ValidationError",
        identify=named("name"),
        outputs=lambda profile: {
            "arn": arn("iam", "", f"instance-profile/{profile.inputs['name']}"),
            "uniqueId": f"AIPA{profile.digits(17).upper()}",
        },
        automatic_name=AutomaticName(property="name", most=128),
        quotas=(_unique("Instance Profile"),),
    ),
)

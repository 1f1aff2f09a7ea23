"""KMS keys and their aliases."""

from __future__ import annotations

import json
from typing import Any

from lab.clouds.aws.account import ACCOUNT_ID, REGION_ONLY, REGIONAL, arn, uuid
from lab.clouds.declaration import Tie, flag, json_text, refers_to, text, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Quota, Refusals, Refused, named
from lab.clouds.schema import Schema

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"


def _key_outputs(key: Proposal) -> dict[str, Any]:
    return {"arn": arn("kms", key.place, f"key/{key.id}"), "keyId": key.id}


def _policy_can_be_changed(key: Proposal) -> Refusals:
    """KMS's safety check: whoever makes the key must be able to change its policy later."""
    if "policy" not in key.inputs:
        return
    found = json.loads(key.inputs["policy"]).get("Statement", [])
    owners = {"*", ACCOUNT_ID, f"arn:aws:iam::{ACCOUNT_ID}:root"}
    for statement in found if isinstance(found, list) else [found]:
        principal = statement.get("Principal", {})
        named_ = principal.get("AWS", ()) if isinstance(principal, dict) else principal
        who, what = _listed(named_), _listed(statement.get("Action", ()))
        if statement.get("Effect") == "Allow" and owners & who and {"*", "kms:*", "kms:PutKeyPolicy"} & what:
            return
    rule = "The new key policy will not allow you to update the key policy in the future"
    yield Refused("MalformedPolicyDocumentException", f"{rule}; let the account's root use kms:PutKeyPolicy")


def _listed(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


KINDS = (
    Kind(
        type=KEY,
        inputs={
            **REGIONAL,
            "description": text(),
            "deletionWindowInDays": whole(),
            "enableKeyRotation": flag(default=False),
            "policy": json_text(32768, "MalformedPolicyDocumentException"),
        },
        schema=Schema("AWS::KMS::Key", names={"deletionWindowInDays": "PendingWindowInDays", "policy": "KeyPolicy"}),
        malformed="ValidationException",
        identify=uuid,
        outputs=_key_outputs,
        rules=(_policy_can_be_changed,),
    ),
    Kind(
        type=ALIAS,
        inputs={
            **REGION_ONLY,
            "name": text(pattern=r"alias/(?!aws/)[\w/-]+", meaning="alias/NAME, not alias/aws/", replaces=True),
            "targetKeyId": refers_to(KEY, by=("id", "arn"), absent="NotFoundException", required=True, tie=Tie.PART),
        },
        schema=Schema("AWS::KMS::Alias", names={"name": "AliasName"}),
        malformed="ValidationException",
        identify=named("name"),
        outputs=lambda alias: {"arn": arn("kms", alias.place, alias.inputs["name"])},
        automatic_name=AutomaticName(property="name", most=256, prefix="alias/"),
        quotas=(
            Quota(most=1, per=("name",), code="AlreadyExistsException", rule="an alias with the name {name} exists"),
        ),
    ),
)

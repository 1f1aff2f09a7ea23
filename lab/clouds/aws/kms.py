"""KMS keys and their aliases."""

from __future__ import annotations

from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, arn, uuid
from lab.clouds.declaration import flag, json_text, refers_to, text, whole
from lab.clouds.kind import Kind, Proposal, named

KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"


def _key_outputs(key: Proposal) -> dict[str, Any]:
    return {"arn": arn("kms", key.place, f"key/{key.id}"), "keyId": key.id}


KINDS = (
    Kind(
        type=KEY,
        inputs={
            **REGIONAL,
            "description": text(most=8192),
            "deletionWindowInDays": whole(7, 30),
            "enableKeyRotation": flag(default=False),
            "policy": json_text(32768, "MalformedPolicyDocumentException"),
        },
        identify=uuid,
        outputs=_key_outputs,
    ),
    Kind(
        type=ALIAS,
        inputs={
            **REGION_ONLY,
            "name": text(pattern=r"alias/(?!aws/)[\w/-]+", meaning="alias/NAME, not alias/aws/", replaces=True),
            "targetKeyId": refers_to(KEY, by=("id", "arn"), absent="NotFoundException", required=True),
        },
        identify=named("name"),
        outputs=lambda alias: {"arn": arn("kms", alias.place, alias.inputs["name"])},
    ),
)

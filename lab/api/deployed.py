"""What the deployed resources say about access: roles with their policies, keys of parameters and objects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.api.hidden import reveal
from lab.clouds.store import Resource
from lab.clouds.view import Clouds

ACCOUNT = "123456789012"
"""The account of the emulated AWS."""

Document = Mapping[str, Any]

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"


@dataclass(frozen=True, kw_only=True)
class Role:
    """An IAM role as it was deployed."""

    name: str
    arn: str
    trust: Document
    policies: tuple[Document, ...]
    """Inline ones and attached managed ones."""


@dataclass(frozen=True, kw_only=True)
class ObjectKey:
    """How an object of S3 is encrypted."""

    key_arn: str
    """Of the customer's key."""
    context_arn: str
    """What the key's policy sees: the object, or with a bucket key the bucket."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the gate decides by."""

    roles: Mapping[str, Role]
    parameter_keys: Mapping[str, str]
    """ARN of the customer's key by name of the SecureString; those under AWS's own key are absent."""
    object_keys: Mapping[tuple[str, str], ObjectKey]
    """By bucket and object key; objects under AWS's own key are absent."""
    key_policies: Mapping[str, Document]
    """By ARN of the key; a key without a policy of its own trusts IAM."""
    bucket_policies: Mapping[str, Document]


def read(clouds: Clouds, secret: Callable[[str], str], managed: Callable[[str], Document]) -> Deployed:
    """Reads it; `managed` gives the document of one of AWS's managed policies by ARN."""
    keys = _key_arns(clouds)
    return Deployed(
        roles=_roles(clouds, managed),
        parameter_keys=_parameter_keys(clouds, keys),
        object_keys=_object_keys(clouds, keys),
        key_policies={
            key.outputs["arn"]: _document(key.outputs["policy"], secret)
            for key in clouds.of("aws:kms/key:Key")
            if key.outputs.get("policy")
        },
        bucket_policies={
            policy.outputs["bucket"]: _document(policy.outputs["policy"], secret)
            for policy in clouds.of("aws:s3/bucketPolicy:BucketPolicy")
        },
    )


def _roles(clouds: Clouds, managed: Callable[[str], Document]) -> dict[str, Role]:
    inline = _by_role(clouds.of("aws:iam/rolePolicy:RolePolicy"))
    attached = _by_role(clouds.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment"))
    roles = {}
    for role in clouds.of("aws:iam/role:Role"):
        name = str(role.outputs.get("name") or role.id)
        own = [_document(entry.outputs["policy"]) for entry in inline.get(name, ())]
        own += [_document(entry["policy"]) for entry in role.outputs.get("inlinePolicies") or () if entry.get("policy")]
        arns = [entry.outputs["policyArn"] for entry in attached.get(name, ())]
        arns += role.outputs.get("managedPolicyArns") or ()
        roles[name] = Role(
            name=name,
            arn=role.outputs["arn"],
            trust=_document(role.outputs["assumeRolePolicy"]),
            policies=(*own, *(managed(arn) for arn in arns)),
        )
    return roles


def _by_role(entries: Iterable[Resource]) -> dict[str, list[Resource]]:
    found: dict[str, list[Resource]] = {}
    for entry in entries:
        found.setdefault(str(entry.outputs["role"]), []).append(entry)
    return found


def _document(value: object, secret: Callable[[str], str] = str) -> Document:
    """A policy, which a program may state as JSON text or as an object."""
    is_object = isinstance(value, Mapping) and set(value) != {"secret"}
    document = value if is_object else json.loads(reveal(value, secret) or "{}")
    return document if isinstance(document, Mapping) else {}


def _key_arns(clouds: Clouds) -> dict[str, str]:
    """The ARN of each customer key by everything that may name it: id, ARN, alias, ARN of the alias."""
    arns: dict[str, str] = {}
    for key in clouds.of("aws:kms/key:Key"):
        for name in (key.id, key.outputs.get("keyId"), key.outputs["arn"]):
            arns[str(name)] = key.outputs["arn"]
    for alias in clouds.of("aws:kms/alias:Alias"):
        target = arns.get(str(alias.outputs.get("targetKeyId")))
        for name in (alias.outputs.get("name"), alias.outputs.get("arn"), alias.id):
            if target and name:
                arns[str(name)] = target
    return arns


def _parameter_keys(clouds: Clouds, keys: Mapping[str, str]) -> dict[str, str]:
    secure = (p for p in clouds.of("aws:ssm/parameter:Parameter") if p.outputs.get("type") == "SecureString")
    found = {str(p.outputs["name"]): keys.get(str(p.outputs.get("keyId") or "")) for p in secure}
    return {name: arn for name, arn in found.items() if arn}


def _object_keys(clouds: Clouds, keys: Mapping[str, str]) -> dict[tuple[str, str], ObjectKey]:
    defaults: dict[str, tuple[str, bool]] = {}
    for setting in clouds.of(ENCRYPTION):
        for rule in setting.outputs.get("rules") or ():
            default = rule.get("applyServerSideEncryptionByDefault") or {}
            defaults[setting.outputs["bucket"]] = (
                default.get("kmsMasterKeyId") or "",
                bool(rule.get("bucketKeyEnabled")),
            )
    found = {}
    for entry in clouds.of("aws:s3/bucketObjectv2:BucketObjectv2"):
        bucket, key = str(entry.outputs["bucket"]), str(entry.outputs["key"])
        default_key, with_bucket_key = defaults.get(bucket, ("", False))
        key_arn = keys.get(entry.outputs.get("kmsKeyId") or default_key)
        if key_arn:
            with_bucket_key = bool(entry.outputs.get("bucketKeyEnabled", with_bucket_key))
            arn = f"arn:aws:s3:::{bucket}" if with_bucket_key else f"arn:aws:s3:::{bucket}/{key}"
            found[bucket, key] = ObjectKey(key_arn=key_arn, context_arn=arn)
    return found

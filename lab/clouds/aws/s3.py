"""Buckets, their settings and objects."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, TAGS
from lab.clouds.aws.kms import KEY
from lab.clouds.declaration import Fields, Tie, base64_text, flag, json_text, listing, record, refers_to, text
from lab.clouds.kind import AutomaticName, Kind, Proposal, Quota, Refusals, Refused, Rule, named
from lab.clouds.schema import Schema

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"

_BUCKET = refers_to(BUCKET, by=("id", "bucket"), absent="NoSuchBucket", required=True, replaces=True, tie=Tie.PART)
_RESERVED_NAMES = re.compile(r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)")
_ADDRESS_LIKE = re.compile(r"\d+\.\d+\.\d+\.\d+")
_OBJECT_BYTES = 5 * 1024**2


def _name_is_usable(bucket: Proposal) -> Refusals:
    name = bucket.inputs["bucket"]
    if ".." in name or _ADDRESS_LIKE.fullmatch(name):
        yield Refused("InvalidBucketName", f"{name} has two dots side by side, or is formatted as an IP address")
    if _RESERVED_NAMES.fullmatch(name):
        yield Refused("InvalidBucketName", f"{name} has a beginning or an end that S3 keeps for itself")


def _is_empty(bucket: Proposal) -> Refusals:
    inside = [it.id for it in bucket.store.of(OBJECT) if it.inputs["bucket"] == bucket.inputs["bucket"]]
    if inside and not bucket.inputs["forceDestroy"]:
        rule = f"the bucket you tried to delete is not empty ({', '.join(inside[:3])})"
        yield Refused("BucketNotEmpty", f"{rule}; with forceDestroy the provider empties it")


def _versioning_never_ends(setting: Proposal) -> Refusals:
    before = setting.old.inputs["versioningConfiguration"]["status"] if setting.old else "Disabled"
    if before != "Disabled" and setting.inputs["versioningConfiguration"]["status"] == "Disabled":
        yield Refused("InvalidBucketState", f"versioning_configuration.status cannot go from {before} to Disabled")


def _key_belongs_to_the_algorithm(setting: Proposal) -> Refusals:
    for rule in setting.inputs["rules"]:
        default = rule.get("applyServerSideEncryptionByDefault", {})
        if "kmsMasterKeyId" in default and default.get("sseAlgorithm") == "AES256":
            yield Refused("InvalidArgument", "kmsMasterKeyId is for aws:kms and aws:kms:dsse only")


def _policy_is_of_the_bucket(policy: Proposal) -> Refusals:
    name = policy.inputs["bucket"]
    blocked = any(
        block.outputs["bucket"] == name and block.outputs["blockPublicPolicy"] for block in policy.others(ACCESS_BLOCK)
    )
    found = json.loads(policy.inputs["policy"]).get("Statement", [])
    for statement in found if isinstance(found, list) else [found]:
        missing = [key for key in ("Effect", "Principal", "Action", "Resource") if key not in statement]
        if missing:
            yield Refused("MalformedPolicy", f"Missing required field {', '.join(missing)}")
            continue
        resources = statement["Resource"]
        for resource in [resources] if isinstance(resources, str) else resources:
            if resource != f"arn:aws:s3:::{name}" and not resource.startswith(f"arn:aws:s3:::{name}/"):
                yield Refused("MalformedPolicy", f"Policy has invalid resource: {resource} is not of {name}")
        everyone = statement["Principal"] in ("*", {"AWS": "*"}) and "Condition" not in statement
        if blocked and everyone and statement["Effect"] == "Allow":
            yield Refused("AccessDenied", "public policies are blocked by the bucket's BlockPublicPolicy setting")


def _key_is_stated(it: Proposal) -> Refusals:
    if "key" not in it.inputs:
        yield Refused("MissingParameter", "an object needs a key")


def _key_belongs_to_kms(it: Proposal) -> Refusals:
    if "kmsKeyId" in it.inputs and not it.inputs.get("serverSideEncryption", "aws:kms").startswith("aws:kms"):
        yield Refused("InvalidArgument", "kmsKeyId is for serverSideEncryption aws:kms only")
    if "contentBase64" not in it.inputs:
        yield Refused("NotModelled", "the lab keeps the content of an object only when it is given as contentBase64")


def _object_outputs(it: Proposal) -> dict[str, Any]:
    content = base64.b64decode(it.inputs["contentBase64"])
    versioned = [v.inputs["versioningConfiguration"]["status"] for v in it.others(VERSIONING)
                 if v.inputs["bucket"] == it.inputs["bucket"]]  # fmt: skip
    digest = hashlib.sha256(content).hexdigest()
    version = it.digits(32, f"version {digest}") if versioned == ["Enabled"] else "null"
    return {
        "arn": f"arn:aws:s3:::{it.inputs['bucket']}/{it.inputs['key']}",
        "etag": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        "versionId": version,
    }


_ENCRYPTION = {
    "rules": listing(
        record(
            {
                "applyServerSideEncryptionByDefault": record(
                    {
                        "sseAlgorithm": text("AES256", "aws:kms", "aws:kms:dsse", required=True),
                        "kmsMasterKeyId": refers_to(
                            KEY, by=("id", "arn"), absent="KMS.NotFoundException", tie=Tie.LOOSE
                        ),
                    }
                ),
                "bucketKeyEnabled": flag(),
            }
        ),
        least=1,
        required=True,
    )
}


def _setting(name: str, fields: Fields, *rules: Rule, schema: Schema | None = None) -> Kind:
    return Kind(
        type=f"aws:s3/{name[0].lower()}{name[1:]}:{name}",
        inputs={**REGION_ONLY, "bucket": _BUCKET, **fields},
        schema=schema,
        malformed="InvalidArgument",
        identify=named("bucket"),
        # Stricter than S3, where the second one overwrites the first.
        quotas=(Quota(most=1, per=("bucket",), code="OperationAborted", rule="{bucket} has this setting already"),),
        rules=rules,
    )


KINDS = (
    Kind(
        type=BUCKET,
        inputs={
            **REGIONAL,
            "bucket": text(
                pattern=r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
                meaning="3 to 63 small letters, digits, dots and hyphens",
                replaces=True,
            ),
            "forceDestroy": flag(default=False),
            "objectLockEnabled": flag(replaces=True),
        },
        schema=Schema(
            "AWS::S3::Bucket",
            names={"bucket": "BucketName"},
            not_alike={"objectLockEnabled": "the provider cannot add the lock to a bucket that is there"},
        ),
        malformed="InvalidBucketName",
        identify=named("bucket"),
        outputs=lambda bucket: {
            "arn": f"arn:aws:s3:::{bucket.inputs['bucket']}",
            "bucketDomainName": f"{bucket.inputs['bucket']}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{bucket.inputs['bucket']}.s3.{bucket.place}.amazonaws.com",
        },
        quotas=(
            Quota(
                most=1,
                per=("bucket",),
                everywhere=True,
                code="BucketAlreadyOwnedByYou",
                rule="the bucket {bucket} exists already",
            ),
        ),
        rules=(_name_is_usable,),
        deletion_rules=(_is_empty,),
        automatic_name=AutomaticName(property="bucket", most=63, lower_case=True),
    ),
    _setting(
        "BucketVersioning",
        {
            "versioningConfiguration": record(
                {"status": text("Enabled", "Suspended", "Disabled", required=True)}, required=True
            )
        },
        _versioning_never_ends,
    ),
    _setting("BucketServerSideEncryptionConfiguration", _ENCRYPTION, _key_belongs_to_the_algorithm),
    _setting(
        "BucketPublicAccessBlock",
        {
            name: flag(default=False)
            for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        },
    ),
    _setting(
        "BucketPolicy",
        {"policy": json_text(20480, "MalformedPolicy", required=True)},
        _policy_is_of_the_bucket,
        schema=Schema("AWS::S3::BucketPolicy", names={"policy": "PolicyDocument"}),
    ),
    _setting(
        "BucketOwnershipControls",
        {
            "rule": record(
                {"objectOwnership": text("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", required=True)},
                required=True,
            )
        },
    ),
    Kind(
        type=OBJECT,
        inputs={
            **REGION_ONLY,
            "tags": TAGS,
            "bucket": _BUCKET,
            "key": text(pattern=r"(?s).{1,1024}", meaning="a key of 1 to 1024 characters", replaces=True),
            "contentBase64": base64_text(_OBJECT_BYTES, "EntityTooLarge"),
            "contentType": text(default="application/octet-stream"),
            "serverSideEncryption": text("AES256", "aws:kms", "aws:kms:dsse"),
            "kmsKeyId": refers_to(KEY, by=("arn",), absent="KMS.NotFoundException", tie=Tie.LOOSE),
            "bucketKeyEnabled": flag(),
        },
        malformed="KeyTooLongError",
        identify=lambda it: f"{it.inputs['bucket']}/{it.inputs['key']}",
        outputs=_object_outputs,
        # Stricter than S3, where the second one becomes a newer version of the first.
        quotas=(Quota(most=1, per=("bucket", "key"), code="OperationAborted", rule="{bucket} holds {key} already"),),
        rules=(_key_is_stated, _key_belongs_to_kms),
        volatile=frozenset({"versionId", "etag"}),
    ),
)

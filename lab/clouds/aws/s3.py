"""Buckets, their settings and objects."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, TAGS
from lab.clouds.aws.kms import KEY
from lab.clouds.declaration import base64_text, flag, json_text, listing, record, refers_to, text
from lab.clouds.kind import AutomaticName, Kind, Proposal, Refusals, Refused, named

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"

_BUCKET = refers_to(BUCKET, by=("id", "bucket"), absent="NoSuchBucket", required=True, replaces=True)
_OBJECT_BYTES = 5 * 1024**2


def _bucket_is_new(bucket: Proposal) -> Refusals:
    for other in bucket.others(BUCKET):
        if other.inputs["bucket"] == bucket.inputs["bucket"]:
            yield Refused("BucketAlreadyOwnedByYou", f"the bucket {bucket.inputs['bucket']} exists already")


def _one_per_bucket(setting: Proposal) -> Refusals:
    for other in setting.others(setting.type):
        if other.inputs["bucket"] == setting.inputs["bucket"]:
            rule = f"{other.id} states this setting already; two would overwrite one another"
            yield Refused("OperationAborted", rule)


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


def _setting(name: str, **fields: Any) -> Kind:
    return Kind(
        type=f"aws:s3/{name[0].lower()}{name[1:]}:{name}",
        inputs={**REGION_ONLY, "bucket": _BUCKET, **fields},
        identify=named("bucket"),
        rules=(_one_per_bucket,),
    )


KINDS = (
    Kind(
        type=BUCKET,
        inputs={
            **REGIONAL,
            "bucket": text(
                pattern=r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
                meaning="3 to 63 small letters, digits, dots and hyphens",
                replaces=True,
            ),
            "forceDestroy": flag(default=False),
            "objectLockEnabled": flag(replaces=True),
        },
        identify=named("bucket"),
        outputs=lambda bucket: {
            "arn": f"arn:aws:s3:::{bucket.inputs['bucket']}",
            "bucketDomainName": f"{bucket.inputs['bucket']}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{bucket.inputs['bucket']}.s3.{bucket.place}.amazonaws.com",
        },
        rules=(_bucket_is_new,),
        automatic_name=AutomaticName(property="bucket", most=63, lower_case=True),
    ),
    _setting(
        "BucketVersioning",
        versioningConfiguration=record(
            {"status": text("Enabled", "Suspended", "Disabled", required=True)}, required=True
        ),
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        rules=listing(
            record(
                {
                    "applyServerSideEncryptionByDefault": record(
                        {
                            "sseAlgorithm": text("AES256", "aws:kms", "aws:kms:dsse", required=True),
                            "kmsMasterKeyId": refers_to(KEY, by=("id", "arn"), absent="KMS.NotFoundException"),
                        }
                    ),
                    "bucketKeyEnabled": flag(),
                }
            ),
            least=1,
            required=True,
        ),
    ),
    _setting(
        "BucketPublicAccessBlock",
        **{
            name: flag(default=False)
            for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        },
    ),
    _setting("BucketPolicy", policy=json_text(20480, "MalformedPolicy", required=True)),
    _setting(
        "BucketOwnershipControls",
        rule=record(
            {"objectOwnership": text("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", required=True)},
            required=True,
        ),
    ),
    Kind(
        type=OBJECT,
        inputs={
            **REGION_ONLY,
            "tags": TAGS,
            "bucket": _BUCKET,
            "key": text(most=1024, required=True, replaces=True),
            "contentBase64": base64_text(_OBJECT_BYTES, "EntityTooLarge", required=True),
            "contentType": text(default="application/octet-stream"),
            "serverSideEncryption": text("AES256", "aws:kms", "aws:kms:dsse"),
            "kmsKeyId": refers_to(KEY, by=("arn",), absent="KMS.NotFoundException"),
            "bucketKeyEnabled": flag(),
        },
        identify=lambda it: f"{it.inputs['bucket']}/{it.inputs['key']}",
        outputs=_object_outputs,
        volatile=frozenset({"versionId", "etag"}),
    ),
)

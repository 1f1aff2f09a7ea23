"""What S3 refuses of buckets, their settings and objects."""

from __future__ import annotations

import base64

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import BUCKET, OBJECT, policy

VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ACCESS_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TLS_ONLY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::bundles/*"}
BUNDLE = {
    "bucket": "$bucket", "key": "aws-a/bundle.tar.gz", "contentBase64": base64.b64encode(b"x").decode(),
    "serverSideEncryption": "aws:kms", "kmsKeyId": "$key.arn",
}  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        case("its name is free", "BucketAlreadyOwnedByYou", "bundles exists already", bucket="bundles"),
        case(
            "its name is free in every region",
            "BucketAlreadyOwnedByYou",
            "exists already",
            bucket="bundles",
            region="ap-northeast-3",
        ),
        case("its name is small", "InvalidBucketName", "small letters", bucket="Bundles"),
        case("its name has three letters", "InvalidBucketName", "3 to 63", bucket="ab"),
        case("its name has 63 letters", "InvalidBucketName", "3 to 63", bucket="a" * 64),
        case("its name has no two dots", "InvalidBucketName", "two dots", bucket="a..b"),
        case("its name is no address", "InvalidBucketName", "IP address", bucket="192.168.5.4"),
        case("its name has no reserved beginning", "InvalidBucketName", "keeps for itself", bucket="xn--a"),
        case("its name has no reserved end", "InvalidBucketName", "keeps for itself", bucket="a-s3alias"),
    ],
)
def test_a_bucket(identities: Clouds, row: Case) -> None:
    refused(identities, BUCKET, {"bucket": "other-bundles"}, row)


def test_a_bucket_goes_when_it_is_empty_or_the_provider_may_empty_it(identities: Clouds) -> None:
    identities.create(VERSIONING, "versions", bucket="$bucket", versioningConfiguration={"status": "Enabled"})
    identities.create(OBJECT, "bundle", **BUNDLE)
    with pytest.raises(Refused, match=r"BucketNotEmpty: .*bundles/aws-a/bundle.tar.gz"):
        identities.delete("bucket")
    identities.update("bucket", forceDestroy=True)
    identities.delete("bucket")

    assert [*identities.store.of(OBJECT), *identities.store.of(VERSIONING)] == []


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (VERSIONING, {"versioningConfiguration": {"status": "Enabled"}}),
        (ACCESS_BLOCK, {"blockPublicPolicy": True}),
        (BUCKET_POLICY, {"policy": policy(TLS_ONLY)}),
    ],
)
def test_a_bucket_has_each_setting_once(identities: Clouds, type_: str, inputs: dict[str, object]) -> None:
    with pytest.raises(Refused, match=r"NoSuchBucket: bucket: 'nothing'"):
        identities.create(type_, "stray", bucket="nothing", **inputs)
    identities.create(type_, "first", bucket="$bucket", **inputs)
    with pytest.raises(Refused, match=r"OperationAborted: bundles has this setting already"):
        identities.create(type_, "second", bucket="$bucket", **inputs)


def test_versioning_is_suspended_but_never_ends(identities: Clouds) -> None:
    identities.create(VERSIONING, "versions", bucket="$bucket", versioningConfiguration={"status": "Enabled"})
    with pytest.raises(Refused, match=r"InvalidBucketState: .* from Enabled to Disabled"):
        identities.update("versions", versioningConfiguration={"status": "Disabled"})
    identities.update("versions", versioningConfiguration={"status": "Suspended"})


def test_a_key_of_kms_is_no_key_of_s3(identities: Clouds) -> None:
    default = {"sseAlgorithm": "AES256", "kmsMasterKeyId": "$key"}
    with pytest.raises(Refused, match=r"InvalidArgument: kmsMasterKeyId is for aws:kms"):
        identities.create(
            ENCRYPTION, "encryption", bucket="$bucket", rules=[{"applyServerSideEncryptionByDefault": default}]
        )


@pytest.mark.parametrize(
    "row",
    [
        case("it is of the bucket", "MalformedPolicy", "invalid resource: arn:aws:s3:::other/*",
             policy=policy({**TLS_ONLY, "Resource": ["arn:aws:s3:::bundles", "arn:aws:s3:::other/*"]})),
        case("it names a principal", "MalformedPolicy", "Missing required field Principal",
             policy=policy({key: value for key, value in TLS_ONLY.items() if key != "Principal"})),
        case("it is not public where that is blocked", "AccessDenied", "BlockPublicPolicy",
             policy=policy({**TLS_ONLY, "Effect": "Allow"})),
        case("it is json", "MalformedPolicy", "JSON object", policy="x"),
        case("it is short", "MalformedPolicy", "at most 20480 bytes", policy=policy({**TLS_ONLY, "Sid": "x" * 20480})),
    ],
)  # fmt: skip
def test_a_bucket_policy(identities: Clouds, row: Case) -> None:
    identities.create(ACCESS_BLOCK, "block", bucket="$bucket", blockPublicPolicy=True)
    refused(identities, BUCKET_POLICY, {"bucket": "$bucket", "policy": policy(TLS_ONLY)}, row)


@pytest.mark.parametrize(
    "row",
    [
        case("it has a key", "MissingParameter", "needs a key", key=LEFT_OUT),
        case("its key is short", "KeyTooLongError", "1 to 1024", key="x" * 1025),
        case("its key is its own", "OperationAborted", "holds taken already", key="taken"),
        case("a key of kms is for kms", "InvalidArgument", "aws:kms only", serverSideEncryption="AES256"),
        case("its kms key exists", "KMS.NotFoundException", "no resource has it", kmsKeyId="arn:aws:kms:x"),
        case("it is base64", "EntityTooLarge", "must be base64", contentBase64="%"),
    ],
)
def test_an_object(identities: Clouds, row: Case) -> None:
    identities.create(OBJECT, "first", **{**BUNDLE, "key": "taken"})
    refused(identities, OBJECT, BUNDLE, row)

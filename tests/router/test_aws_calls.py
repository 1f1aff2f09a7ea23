from __future__ import annotations

import base64
import subprocess
import sys

import boto3
import pytest
from moto import mock_aws

from router import aws_calls

REGION = "ap-northeast-1"


@pytest.fixture(autouse=True)
def credentials(monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@mock_aws
def test_a_secure_parameter_comes_decrypted() -> None:
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/p/private-key/1", Value="the key", Type="SecureString")

    answer = aws_calls.Aws().answer({"call": "parameter", "region": REGION, "name": "/p/private-key/1"})

    assert answer == {"value": "the key"}


@mock_aws
def test_an_object_comes_in_the_version_that_was_asked_for() -> None:
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="bundles", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="bundles", VersioningConfiguration={"Status": "Enabled"})
    versions = [s3.put_object(Bucket="bundles", Key="k", Body=body)["VersionId"] for body in (b"one", b"two")]

    answers = [
        aws_calls.Aws().answer(
            {"call": "object", "region": REGION, "bucket": "bundles", "key": "k", "version_id": version}
        )
        for version in versions
    ]

    assert [base64.b64decode(answer["base64"]) for answer in answers] == [b"one", b"two"]


@mock_aws
def test_a_refusal_is_an_answer_with_its_code() -> None:
    answer = aws_calls.Aws().answer({"call": "parameter", "region": REGION, "name": "/absent"})

    assert "ParameterNotFound" in answer["error"]


@mock_aws
def test_a_parameter_is_created_once_and_a_second_creation_changes_nothing() -> None:
    aws = aws_calls.Aws()
    answers = [
        aws.answer({"call": "create", "region": REGION, "name": "/p/lock", "value": value}) for value in ("one", "two")
    ]

    assert answers == [{"created": "yes"}, {"created": "no"}]
    assert aws.answer({"call": "parameter", "region": REGION, "name": "/p/lock"}) == {"value": "one"}


@mock_aws
def test_a_parameter_that_is_not_there_is_no_error_to_delete() -> None:
    aws = aws_calls.Aws()
    aws.answer({"call": "create", "region": REGION, "name": "/p/lock", "value": "one"})
    answers = [aws.answer({"call": "delete", "region": REGION, "name": "/p/lock"}) for _ in range(2)]

    assert answers == [{"deleted": "yes"}, {"deleted": "no"}]
    assert "ParameterNotFound" in aws.answer({"call": "parameter", "region": REGION, "name": "/p/lock"})["error"]


def test_missing_credentials_are_an_answer_too(monkeypatch, tmp_path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    answer = aws_calls.Aws().answer({"call": "parameter", "region": REGION, "name": "/p"})

    assert "AWS is not reached: Unable to locate credentials" in answer["error"]


def test_what_stays_resident_never_loads_boto3() -> None:
    verbs = (
        "import router.__main__, router.boot, router.apply, router.status_page, router.keys, router.watch, router.drain"
    )
    script = f"import sys; {verbs}; print('boto3' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"

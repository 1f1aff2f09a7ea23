"""The deployed roles on a running lab: a router's own credentials, its own network, AWS under its real names."""

from __future__ import annotations

import json
import shlex

import pytest

from lab.clouds.store import Store
from lab.clouds.view import Clouds
from tests.lab.conftest import RunningLab

pytestmark = pytest.mark.lab

TRY = """
import boto3, json, sys
from botocore.exceptions import ClientError
asked = json.loads(sys.argv[1])
aws = boto3.Session(region_name=asked["region"])
ssm, s3, kms = (aws.client(name) for name in ("ssm", "s3", "kms"))
def said(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
print(json.dumps({name: {
    **{p.split("/")[4]: said(lambda: ssm.get_parameter(Name=p, WithDecryption=True)) for p in of["names"]},
    "bundle": said(lambda: s3.get_object(Bucket=of["bucket"], Key=of["key"], VersionId=of["version"])),
    "key": said(lambda: kms.decrypt(CiphertextBlob=b"x", KeyId=asked["key"])),
} for name, of in asked["routers"].items()}))
"""
OWN = {"private-key": "allowed", "pre-shared-key": "allowed", "bundle": "allowed", "key": "AccessDeniedException"}
DENIED = {**dict.fromkeys(OWN, "AccessDeniedException"), "bundle": "AccessDenied"}


def what_there_is(running: RunningLab) -> dict[str, object]:
    """Where each router's secrets and bundle lie."""
    clouds = Clouds.load(running.folder / "clouds.json")
    (key,) = clouds.of("aws:kms/key:Key")
    routers = {}
    for bundle in clouds.of("aws:s3/bucketObjectv2:BucketObjectv2"):
        name = str(bundle.outputs["key"]).split("/")[0]
        names = [p.id for p in clouds.of("aws:ssm/parameter:Parameter") if f"/{name}/" in p.id]
        firsts = [next(n for n in names if f"/{kind}/" in n) for kind in ("private-key", "pre-shared-key")]
        place = {"bucket": bundle.outputs["bucket"], "key": bundle.outputs["key"]}
        routers[name] = {**place, "version": bundle.outputs["versionId"], "names": firsts}
    return {"region": "ap-northeast-1", "key": key.outputs["arn"], "routers": routers}


@pytest.mark.parametrize("router", ["aws-a", "sakura-a"])
def test_a_router_reads_its_own_keys_and_bundle_and_is_denied_all_others(running: RunningLab, router: str) -> None:
    asked = what_there_is(running)
    said = json.loads(running.on(router, f"/usr/bin/python3 -c {shlex.quote(TRY)} {shlex.quote(json.dumps(asked))}"))

    assert said == {name: OWN if name == router else DENIED for name in ("aws-a", "aws-b", "sakura-a", "sakura-b")}


def test_an_activation_is_spent_by_the_node_that_used_it(running: RunningLab) -> None:
    store, clouds = Store(running.folder / "store.db"), Clouds.load(running.folder / "clouds.json")
    (activation,) = (
        a for a in clouds.of("aws:ssm/activation:Activation") if a.outputs["tags"]["flets-to-vpc:router"] == "sakura-b"
    )
    code = store.secret(activation.outputs["activationCode"]["secret"])
    store.close()
    again = f"amazon-ssm-agent -register -code {code} -id {activation.id} -region ap-northeast-1 -y 2>&1; echo $?"
    said = running.on("sakura-a", again)

    assert "InvalidActivation" in said
    assert "registration limit of 1" in said
    assert said.split()[-1] == "1"

"""Bundles are public, keys are not, and a router reads its own only."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from typing import Any

from components import wireguard_keys
from tests.components.recorder import Engine, deploy

PARAMETER = "aws:ssm/parameter:Parameter"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def content(engine: Engine, router: str) -> bytes:
    return base64.b64decode(engine.the(OBJECT, router).inputs["contentBase64"])


def test_a_private_key_reads_back_from_wireguard_unchanged() -> None:
    key = base64.b64decode(wireguard_keys.private_key("x" * 64))

    assert len(key) == 32
    assert (key[0] & 7, key[31] & 192) == (0, 64)


def test_one_secret_never_gives_two_equal_keys() -> None:
    assert wireguard_keys.private_key("x") != wireguard_keys.pre_shared_key("x")
    assert wireguard_keys.private_key("x") == wireguard_keys.private_key("x") != wireguard_keys.private_key("y")


def test_every_key_is_a_secret_parameter_below_its_routers_path(lab: Engine) -> None:
    keys = {made.inputs["name"]: made for made in lab.made if made.type == PARAMETER and made.parent == "keys"}

    assert {name for name in keys if name.startswith("/flets-to-vpc/lab/aws-b/")} == {
        "/flets-to-vpc/lab/aws-b/private-key/1",
        "/flets-to-vpc/lab/aws-b/pre-shared-key/sakura-a-1.aws-b-1",
        "/flets-to-vpc/lab/aws-b/pre-shared-key/sakura-b-1.aws-b-1",
    }
    for made in keys.values():
        assert (made.inputs["type"], made.inputs["keyId"]) == ("SecureString", "arn:Key:bundles")
        assert made.secrets == {"value"}


def test_both_ends_of_a_tunnel_hold_the_same_pre_shared_key(lab: Engine) -> None:
    suffix = "pre-shared-key/sakura-a-1.aws-b-1"
    values = {
        made.inputs["value"] for made in lab.made if made.type == PARAMETER and made.inputs["name"].endswith(suffix)
    }

    assert len(values) == 1


def test_a_bundle_is_not_secret_and_holds_no_key_material(lab: Engine) -> None:
    keys = [made.inputs["value"] for made in lab.made if made.type == PARAMETER and made.parent == "keys"]
    for router in ("sakura-a", "sakura-b", "aws-a", "aws-b"):
        assert lab.the(OBJECT, router).secrets == frozenset()
        with tarfile.open(fileobj=io.BytesIO(content(lab, router))) as tar:
            text = b"".join(file.read() for member in tar if (file := tar.extractfile(member)))
        assert b"[Peer]" in text
        assert not [key for key in keys if key.encode() in text]


def test_a_bundle_names_the_far_ends_live_address_and_public_key(lab: Engine) -> None:
    private = lab.the(PARAMETER, "keys-aws-a-private-key-1").inputs["value"]

    with tarfile.open(fileobj=io.BytesIO(content(lab, "sakura-a"))) as tar:
        file = tar.extractfile("etc/wireguard/wg-aws-a-0.conf")
        assert file is not None
        text = file.read().decode()

    assert "203.0.113.10" in text
    assert wireguard_keys.public_key(private) in text


def test_the_pointer_comes_after_object_and_keys_and_names_the_exact_version(lab: Engine) -> None:
    pointer = lab.the(PARAMETER, "aws-a")

    assert pointer.inputs["name"] == "/flets-to-vpc/lab/aws-a/bundle"
    assert json.loads(pointer.inputs["value"]) == {
        "schema": 1,
        "key": "aws-a/bundle.tar.gz",
        "version_id": "version-1",
        "sha256": hashlib.sha256(content(lab, "aws-a")).hexdigest(),
    }
    assert f"{OBJECT}::aws-a" in pointer.after
    assert f"{PARAMETER}::keys-aws-a-private-key-1" in pointer.after


def test_routers_are_told_of_a_bundle_after_its_pointer_by_tags_that_only_they_carry(lab: Engine) -> None:
    association = lab.the("aws:ssm/association:Association", "sakura-b")
    version = hashlib.sha256(content(lab, "sakura-b")).hexdigest()[:12]

    assert association.inputs["name"] == "AWS-RunShellScript"
    assert association.inputs["parameters"] == {"commands": f"flets-to-vpc apply --bundle {version}"}
    assert association.inputs["targets"] == [
        {"key": "tag:flets-to-vpc:router", "values": ["sakura-b"]},
        {"key": "tag:flets-to-vpc:stack", "values": ["lab"]},
    ]
    assert f"{PARAMETER}::sakura-b" in association.after


def test_no_bundle_is_written_before_the_bucket_is_closed(lab: Engine) -> None:
    after = lab.the(OBJECT, "aws-a").after

    assert "aws:s3/bucketPolicy:BucketPolicy::bundles" in after
    assert "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock::bundles" in after


def test_nothing_that_boots_waits_for_a_bundle(lab: Engine) -> None:
    for made in lab.made:
        if made.type.endswith((":Server", ":LaunchTemplate", ":Group", ":Note")):
            assert not [one for one in made.after if OBJECT in one or "::keys-" in one], made.name


def statements(engine: Engine, role: str) -> dict[str, Any]:
    policy = json.loads(engine.the("aws:iam/rolePolicy:RolePolicy", role).inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_a_router_reads_its_own_parameters_bundles_and_keys_only(lab: Engine) -> None:
    found = statements(lab, "sakura-a")
    parameters = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/flets-to-vpc/lab"
    own, lock = f"{parameters}/sakura-a/*", f"{parameters}/roll-out-lock/sakura"

    assert found["OwnParameters"]["Resource"] == own
    others = found["NoOtherParameters"]
    assert (others["Effect"], others["NotResource"]) == ("Deny", [own, lock])
    assert found["OwnBundles"]["Resource"] == "arn:Bucket:bundles/sakura-a/*"
    assert found["OwnKeys"]["Resource"] == "arn:Key:bundles"
    assert found["OwnKeys"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "ssm.ap-northeast-1.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:PARAMETER_ARN": own},
    }
    assert not [s for s in found.values() if s.get("Resource") == "*"]


def test_a_router_writes_its_pairs_lock_and_nothing_else(lab: Engine) -> None:
    found = statements(lab, "sakura-a")
    writing = ("ssm:PutParameter", "ssm:DeleteParameter")

    writers = {sid: s["Resource"] for sid, s in found.items() if set(writing) & set(s["Action"])}

    lock = "arn:aws:ssm:ap-northeast-1:123456789012:parameter/flets-to-vpc/lab/roll-out-lock/sakura"
    assert writers == {"RollOutLock": lock}
    assert statements(lab, "sakura-b")["RollOutLock"]["Resource"] == lock, "one lock for the pair"
    assert statements(lab, "routers-aws-a")["RollOutLock"]["Resource"] != lock


def test_what_cannot_come_back_is_protected_where_the_stack_says_so() -> None:
    engine = deploy(lambda path: path.update(protect=True))

    assert {made.type.split(":")[-1] for made in engine.made if made.options.protect} == {
        "Eip",
        "NetworkInterface",
        "TransitGateway",
        "Key",
        "RandomPassword",
        "Parameter",
    }
    assert engine.the("aws:s3/bucket:Bucket", "bundles").inputs["forceDestroy"] is False


def test_nothing_is_protected_in_the_lab(lab: Engine) -> None:
    assert not [made.name for made in lab.made if made.options.protect]

"""A small deployed stack: one router on EC2, one on Sakura Cloud, each with a role, a bundle and a key."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from lab.clouds.store import Properties, Resource, Store
from lab.clouds.view import Clouds

REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
BUCKET = "bundles-1234"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f0f0f0f-0000-4000-8000-000000000001"
VPC = "vpc-0router"
ACTIVATION = "11111111-2222-4333-8444-555555555555"
CODE = "activation-code-of-sakura-a"
NOTE = "113000000777"
SERVER = "113000000888"
PRIVATE_KEYS = {"aws-a": "cHJpdmF0ZSBrZXkgb2YgYXdzLWE=", "sakura-a": "cHJpdmF0ZSBrZXkgb2Ygc2FrdXJh"}
BUNDLES = {"aws-a": b"bundle of aws-a", "sakura-a": b"bundle of sakura-a"}
SERVICES = {"aws-a": "ec2.amazonaws.com", "sakura-a": "ssm.amazonaws.com"}


def deploy(folder: Path) -> tuple[Path, Path]:
    """Writes a store and its clouds.json; returns both paths."""
    store = Store(folder / "store.db")
    for type_, id_, properties in _resources(store):
        store.put(Resource(f"urn:pulumi:test::flets-to-vpc::{type_}::{id_}", type_, id_, properties, {}))
    return export(store, folder)


def export(store: Store, folder: Path) -> tuple[Path, Path]:
    """Writes clouds.json again and closes the store."""
    store.export(folder / "clouds.json")
    store.close()
    return folder / "store.db", folder / "clouds.json"


def change(folder: Path, type_: str, id_: str, **properties: object) -> None:
    """Changes one resource, as another `up` would."""
    store = Store(folder / "store.db")
    old = store.get(type_, id_)
    store.put(Resource(old.urn, type_, id_, {**old.inputs, **properties}, old.outputs))
    export(store, folder)


def clouds(folder: Path) -> Clouds:
    """What the clouds hold."""
    return Clouds.load(folder / "clouds.json")


def parameter_name(router: str, name: str) -> str:
    """The full name of a router's parameter."""
    return f"/flets-to-vpc/test/{router}/{name}"


def _resources(store: Store) -> list[tuple[str, str, Properties]]:
    found: list[tuple[str, str, Properties]] = [
        ("aws:kms/key:Key", KEY_ARN.rsplit("/", 1)[-1], {"arn": KEY_ARN, "keyId": KEY_ARN.rsplit("/", 1)[-1]}),
        ("aws:s3/bucket:Bucket", BUCKET, {"bucket": BUCKET}),
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            BUCKET,
            {"bucket": BUCKET, "versioningConfiguration": {"status": "Enabled"}},
        ),
    ]
    for router in ("aws-a", "sakura-a"):
        found += _of_router(store, router)
    return [*found, *_ec2(), *_sakura(store)]


def _of_router(store: Store, router: str) -> list[tuple[str, str, Properties]]:
    hidden = store.hide(PRIVATE_KEYS[router], f"key of {router}")
    trust = {"Effect": "Allow", "Principal": {"Service": SERVICES[router]}, "Action": "sts:AssumeRole"}
    tags = [{"key": "tag:flets-to-vpc:router", "values": [router]}]
    return [
        (
            "aws:iam/role:Role",
            f"role-{router}",
            {
                "name": f"role-{router}",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/role-{router}",
                "assumeRolePolicy": json.dumps({"Statement": [trust]}),
            },
        ),
        (
            "aws:iam/rolePolicy:RolePolicy",
            f"role-{router}:own",
            {"role": f"role-{router}", "policy": json.dumps(policy(router))},
        ),
        (
            "aws:ssm/parameter:Parameter",
            parameter_name(router, "bundle"),
            {
                "name": parameter_name(router, "bundle"),
                "type": "String",
                "value": {"secret": store.hide(f"pointer of {router}", f"p {router}")},
            },
        ),
        (
            "aws:ssm/parameter:Parameter",
            parameter_name(router, "private-key/1"),
            {
                "name": parameter_name(router, "private-key/1"),
                "type": "SecureString",
                "value": {"secret": hidden},
                "keyId": KEY_ARN,
            },
        ),
        (
            "aws:s3/bucketObjectv2:BucketObjectv2",
            f"{BUCKET}/{router}",
            {
                "bucket": BUCKET,
                "key": f"{router}/bundle.tar.gz",
                "versionId": f"version-of-{router}",
                "kmsKeyId": KEY_ARN,
                "serverSideEncryption": "aws:kms",
                "contentBase64": base64.b64encode(BUNDLES[router]).decode(),
            },
        ),
        (
            "aws:ssm/association:Association",
            f"association-{router}",
            {"name": "AWS-RunShellScript", "parameters": {"commands": f"echo apply on {router}"}, "targets": tags},
        ),
    ]


def policy(router: str) -> dict[str, object]:
    """The least a router's role needs."""
    via = {"StringEquals": {"kms:ViaService": [f"ssm.{REGION}.amazonaws.com", f"s3.{REGION}.amazonaws.com"]}}
    statements = [
        {
            "Action": ["ssm:GetParameter"],
            "Resource": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/flets-to-vpc/test/{router}/*",
        },
        {"Action": "s3:GetObjectVersion", "Resource": f"arn:aws:s3:::{BUCKET}/{router}/*"},
        {"Action": "kms:Decrypt", "Resource": KEY_ARN, "Condition": via},
        {"Action": ["ssm:UpdateInstanceInformation", "ec2messages:*"], "Resource": "*"},
    ]
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}


def _ec2() -> list[tuple[str, str, Properties]]:
    boot = {"router": "aws-a", "region": REGION, "bucket": BUCKET, "parameter_path": "/flets-to-vpc/test/aws-a"}
    tags = {"flets-to-vpc:router": "aws-a", "Name": "aws-a"}
    return [
        (
            "aws:ec2/subnet:Subnet",
            "subnet-0a",
            {"vpcId": VPC, "cidrBlock": "10.255.0.0/28", "availabilityZone": f"{REGION}a"},
        ),
        (
            "aws:ec2/networkInterface:NetworkInterface",
            "eni-0a",
            {
                "subnetId": "subnet-0a",
                "privateIps": ["10.255.0.10"],
                "privateIp": "10.255.0.10",
                "macAddress": "02:00:00:00:00:0a",
            },
        ),
        (
            "aws:iam/instanceProfile:InstanceProfile",
            "profile-aws-a",
            {
                "name": "profile-aws-a",
                "role": "role-aws-a",
                "arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/profile-aws-a",
            },
        ),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            "lt-0a",
            {
                "name": "aws-a",
                "imageId": "ami-0123",
                "instanceType": "t4g.micro",
                "networkInterfaces": [{"networkInterfaceId": "eni-0a"}],
                "iamInstanceProfile": {"name": "profile-aws-a"},
                "userData": base64.b64encode(json.dumps(boot).encode()).decode(),
                "metadataOptions": {"httpTokens": "required", "instanceMetadataTags": "enabled"},
                "tagSpecifications": [{"resourceType": "instance", "tags": tags}],
            },
        ),
        (
            "aws:autoscaling/group:Group",
            "aws-a-group",
            {
                "launchTemplate": {"id": "lt-0a"},
                "minSize": 1,
                "maxSize": 1,
                "desiredCapacity": 1,
                "availabilityZones": [f"{REGION}a"],
            },
        ),
    ]


def _sakura(store: Store) -> list[tuple[str, str, Properties]]:
    boot = {"router": "sakura-a", "region": REGION, "bucket": BUCKET, "parameter_path": "/flets-to-vpc/test/sakura-a"}
    script = (
        "#!/bin/sh\nset -e\nmkdir -p /etc/flets-to-vpc\n"
        f"cat > /etc/flets-to-vpc/boot.json <<'END'\n{json.dumps(boot)}\nEND\n"
        "systemctl stop amazon-ssm-agent\n"
        f"amazon-ssm-agent -register -code {CODE} -id {ACTIVATION} -region {REGION} -y\n"
        "systemctl start amazon-ssm-agent\n"
    )
    return [
        (
            "aws:ssm/activation:Activation",
            ACTIVATION,
            {
                "activationCode": {"secret": store.hide(CODE, "code")},
                "iamRole": "role-sakura-a",
                "registrationLimit": 1,
                "tags": {"flets-to-vpc:router": "sakura-a"},
            },
        ),
        ("sakuracloud:index/note:Note", NOTE, {"content": {"secret": store.hide(script, "note")}}),
        (
            "sakuracloud:index/server:Server",
            SERVER,
            {"diskEditParameter": {"hostname": "sakura-a", "notes": [{"id": NOTE}]}},
        ),
    ]

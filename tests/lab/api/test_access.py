"""Who may do what, decided from deployed resources alone."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.api import calls, deployed
from lab.api.access import Session, authenticate, authorize
from lab.api.calls import Call
from lab.api.managed_policies import managed_policy
from lab.api.refusals import Refused
from lab.clouds.store import Store
from lab.nodes.ssm_agent.sigv4 import Credentials, Request, sign
from tests.lab.api import deployment
from tests.lab.api.deployment import BUCKET, KEY_ARN, REGION, parameter_name

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "a secret of this test"  # pragma: allowlist secret
SESSION = Session(
    role="role-aws-a",
    name="i-0123",
    credentials=Credentials(access_key_id="ASIATEST", secret_access_key=SECRET, session_token="token"),
    expires=NOW + timedelta(hours=1),
)


def call(
    service: str,
    operation: str,
    host: str = "",
    path: str = "/",
    method: str = "POST",
    now: datetime = NOW,
    **body: Any,
) -> Call:
    headers = {"host": host or f"{service}.{REGION}.amazonaws.com"}
    content = b""
    if service != "s3":
        content = json.dumps(body).encode()
        headers |= {"x-amz-target": f"AmazonSSM.{operation}", "content-type": "application/x-amz-json-1.1"}
    plain, _, query = path.partition("?")
    request = Request(method=method, path=plain, query=query, headers=headers, body=content)
    headers |= sign(request, SESSION.credentials, region=REGION, service=service, now=now)
    return calls.read(environ(method, path, headers, content))


def environ(method: str, path: str, headers: dict[str, str], body: bytes) -> calls.Environ:
    named = {
        f"HTTP_{name.replace('-', '_').upper()}": value for name, value in headers.items() if name != "content-type"
    }
    return {
        **named,
        "REQUEST_METHOD": method,
        "REQUEST_URI": path,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "REMOTE_ADDR": "203.0.113.10",
    }


def get_object(router: str) -> Call:
    host = f"{BUCKET}.s3.{REGION}.amazonaws.com"
    return call("s3", "", host=host, path=f"/{router}/bundle.tar.gz?versionId=v", method="GET")


def read_deployed(folder: Path) -> deployed.Deployed:
    store = Store(folder / "store.db")
    try:
        return deployed.read(deployment.clouds(folder), store.secret, managed_policy)
    finally:
        store.close()


def refusal(asked: Call, folder: Path) -> str:
    with pytest.raises(Refused) as refused:
        authorize(asked, SESSION, read_deployed(folder))
    return str(refused.value)


def change_policy(folder: Path, statements: list[dict[str, object]]) -> None:
    document = json.dumps({"Statement": statements})
    deployment.change(folder, "aws:iam/rolePolicy:RolePolicy", "role-aws-a:own", policy=document)


def test_a_router_reads_its_own_key(deployed_folder: Path) -> None:
    asked = call("ssm", "GetParameter", Name=parameter_name("aws-a", "private-key/1"), WithDecryption=True)

    authorize(asked, SESSION, read_deployed(deployed_folder))


def test_a_router_does_not_read_anothers_key(deployed_folder: Path) -> None:
    asked = call("ssm", "GetParameter", Name=parameter_name("sakura-a", "private-key/1"))

    assert "not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:" in refusal(asked, deployed_folder)


def test_one_forbidden_name_among_several_refuses_all(deployed_folder: Path) -> None:
    own = {"Effect": "Allow", "Action": "ssm:*", "Resource": f"arn:aws:ssm:*:*:parameter{parameter_name('aws-a', '*')}"}
    change_policy(deployed_folder, [own])
    names = [parameter_name(router, "bundle") for router in ("aws-a", "sakura-a")]

    assert "sakura-a/bundle" in refusal(call("ssm", "GetParameters", Names=names), deployed_folder)


def test_a_name_given_as_arn_with_a_version_is_the_same_parameter(deployed_folder: Path) -> None:
    name = f"arn:aws:ssm:{REGION}:{deployment.ACCOUNT}:parameter{parameter_name('sakura-a', 'bundle')}:3"

    assert refusal(call("ssm", "GetParameter", Name=name), deployed_folder).count("sakura-a/bundle ") == 1


def test_decryption_needs_the_key_too(deployed_folder: Path) -> None:
    own = deployment.policy("aws-a")["Statement"]
    assert isinstance(own, list)
    change_policy(deployed_folder, [entry for entry in own if entry["Action"] != "kms:Decrypt"])
    asked = {"Name": parameter_name("aws-a", "private-key/1")}

    authorize(call("ssm", "GetParameter", **asked), SESSION, read_deployed(deployed_folder))
    said = refusal(call("ssm", "GetParameter", **asked, WithDecryption=True), deployed_folder)

    assert f"kms:Decrypt on resource: {KEY_ARN}" in said


def test_a_condition_on_the_service_binds_the_key_to_it(deployed_folder: Path) -> None:
    own = deployment.policy("aws-a")["Statement"]
    assert isinstance(own, list)
    only_s3 = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    change_policy(deployed_folder, [{**e, "Condition": only_s3} if e["Action"] == "kms:Decrypt" else e for e in own])

    authorize(get_object("aws-a"), SESSION, read_deployed(deployed_folder))
    said = refusal(
        call("ssm", "GetParameter", Name=parameter_name("aws-a", "private-key/1"), WithDecryption=True), deployed_folder
    )

    assert "kms:Decrypt" in said


def test_a_version_of_an_object_needs_the_versions_action(deployed_folder: Path) -> None:
    statement = {"Effect": "Allow", "Action": ["s3:GetObject", "kms:*"], "Resource": "*"}
    change_policy(deployed_folder, [statement])

    assert "s3:GetObjectVersion" in refusal(get_object("aws-a"), deployed_folder)


def test_a_router_does_not_read_anothers_bundle(deployed_folder: Path) -> None:
    authorize(get_object("aws-a"), SESSION, read_deployed(deployed_folder))

    assert f"arn:aws:s3:::{BUCKET}/sakura-a/bundle.tar.gz" in refusal(get_object("sakura-a"), deployed_folder)


def test_a_bucket_policy_that_denies_is_heard(deployed_folder: Path) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    store = Store(deployed_folder / "store.db")
    policy = json.dumps({"Statement": [deny]})
    store.seed("aws:s3/bucketPolicy:BucketPolicy", BUCKET, {"bucket": BUCKET, "policy": policy}, {})
    deployment.export(store, deployed_folder)

    assert "explicit deny" in refusal(get_object("aws-a"), deployed_folder)


def test_a_key_policy_that_does_not_name_the_account_leaves_iam_without_a_say(deployed_folder: Path) -> None:
    other = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/other"},
        "Action": "kms:*",
        "Resource": "*",
    }
    deployment.change(
        deployed_folder, "aws:kms/key:Key", KEY_ARN.rsplit("/", 1)[-1], policy=json.dumps({"Statement": [other]})
    )

    assert "kms:Decrypt" in refusal(get_object("aws-a"), deployed_folder)


def test_a_role_that_is_gone_may_nothing(deployed_folder: Path) -> None:
    store = Store(deployed_folder / "store.db")
    role = store.get("aws:iam/role:Role", "role-aws-a")
    store.remove(role.id, role.urn, role.type)
    deployment.export(store, deployed_folder)

    assert "not authorized" in refusal(get_object("aws-a"), deployed_folder)


def known(access_key_id: str) -> Session | None:
    return SESSION if access_key_id == "ASIATEST" else None


def test_a_signed_request_is_its_signers() -> None:
    assert authenticate(call("ssm", "GetParameter", Name="/a"), known, NOW) is SESSION


@pytest.mark.parametrize(
    ("what", "at"),
    [
        ("expired", NOW + timedelta(hours=2)),
        ("bad signature", NOW + timedelta(minutes=16)),
        ("bad signature", NOW - timedelta(minutes=16)),
    ],
)
def test_old_credentials_and_stamps_are_refused(what: str, at: datetime) -> None:
    with pytest.raises(Refused) as refused:
        authenticate(call("ssm", "GetParameter", Name="/a"), known, at)

    assert refused.value.what == what


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        authenticate(call("ssm", "GetParameter", Name="/a"), lambda _: None, NOW)

    assert refused.value.what == "unknown key"


def test_a_changed_body_is_refused() -> None:
    asked = call("ssm", "GetParameter", Name="/a")
    changed = Request(**{**vars(asked.request), "body": b'{"Name": "/b"}'})

    with pytest.raises(Refused) as refused:
        authenticate(Call(**{**vars(asked), "request": changed}), known, NOW)

    assert refused.value.what == "bad signature"

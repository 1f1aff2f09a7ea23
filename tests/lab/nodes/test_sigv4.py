"""Both sides of SigV4 against botocore, which signs as every SDK does."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from lab.nodes.ssm_agent.sigv4 import Authorization, Credentials, Request, sign, signature

MINE = Credentials(access_key_id="ASIAFORATEST", secret_access_key="not so secret", session_token="token/+=")
REGION = "ap-northeast-1"


def botocore_signed(service: str, method: str, url: str, body: bytes = b"") -> Request:
    request = AWSRequest(method=method, url=url, data=body, headers={"Content-Type": "application/x-amz-json-1.1"})
    credentials = BotoCredentials(MINE.access_key_id, MINE.secret_access_key, MINE.session_token)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, REGION).add_auth(request)
    parts = urlsplit(url)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": parts.netloc}
    return Request(method=method, path=parts.path, query=parts.query, headers=headers, body=body)


def is_valid(request: Request, secret: str = MINE.secret_access_key) -> bool:
    parsed = Authorization.parse(request.headers["authorization"])
    return signature(request, parsed.scope, parsed.signed_headers, secret) == parsed.signature


@pytest.mark.parametrize(
    ("service", "method", "url", "body"),
    [
        ("ssm", "POST", "https://ssm.ap-northeast-1.amazonaws.com/", b'{"Name": "/a/b"}'),
        ("s3", "GET", "https://b.s3.ap-northeast-1.amazonaws.com/aws-a/bundle.tar.gz?versionId=a%2Fb%20c&x=", b""),
        ("s3", "GET", "https://s3.ap-northeast-1.amazonaws.com/b/with%20space%2Bplus", b""),
        ("sts", "POST", "https://sts.ap-northeast-1.amazonaws.com/", b"Action=GetCallerIdentity"),
        ("monitoring", "POST", "https://monitoring.ap-northeast-1.amazonaws.com/a%20b/c?z=1&a=2", b""),
    ],
)
def test_what_botocore_signs_is_valid(service: str, method: str, url: str, body: bytes) -> None:
    assert is_valid(botocore_signed(service, method, url, body))


def test_another_secret_body_or_query_makes_a_signature_invalid() -> None:
    good = botocore_signed("ssm", "POST", "https://ssm.ap-northeast-1.amazonaws.com/?a=1", b"body")

    assert not is_valid(good, secret="another")  # pragma: allowlist secret
    assert not is_valid(Request(**{**vars(good), "body": b"other"}))
    assert not is_valid(Request(**{**vars(good), "query": "a=2"}))


def test_our_own_signature_is_the_one_botocore_makes() -> None:
    theirs = botocore_signed("ssm", "POST", "https://ssm.ap-northeast-1.amazonaws.com/", b"{}")
    now = datetime.strptime(theirs.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    plain = {name: theirs.headers[name] for name in ("host", "content-type")}

    ours = sign(
        Request(method="POST", path="/", headers=plain, body=b"{}"), MINE, region=REGION, service="ssm", now=now
    )

    assert ours["authorization"] == theirs.headers["authorization"]


def test_a_header_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="AWS4-HMAC-SHA256"):
        Authorization.parse("Bearer xyz")


def test_credentials_do_not_show_their_secret() -> None:
    assert "not so secret" not in repr(MINE)
    assert "token/" not in repr(MINE)

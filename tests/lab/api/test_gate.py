"""The WSGI front: what reaches moto, what does not, and in which words it is refused."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lab.api.access import Session
from lab.api.agent_calls import AgentCalls
from lab.api.calls import Environ
from lab.api.deployed import Deployed, Role
from lab.api.fleet import Fleet
from lab.api.gate import Gate, StartResponse
from lab.nodes.ssm_agent.sigv4 import Credentials, Request, sign
from tests.lab.api.deployment import REGION

SESSION = Session(
    role="reader",
    name="i-1",
    credentials=Credentials(access_key_id="ASIATEST", secret_access_key="test", session_token="test"),
    expires=datetime.now(UTC) + timedelta(hours=1),
)
POLICY = {"Statement": [{"Effect": "Allow", "Action": ["ssm:GetParameter", "route53:*"], "Resource": "*"}]}


class Front:
    """A gate before a moto that only counts."""

    def __init__(self) -> None:
        self.reached = 0
        role = Role(name="reader", arn="arn:aws:iam::123456789012:role/reader", trust={}, policies=(POLICY,))
        deployed = Deployed(
            roles={"reader": role}, parameter_keys={}, object_keys={}, key_policies={}, bucket_policies={}
        )
        self._gate = Gate(
            moto=self._moto,
            moto_lock=threading.RLock(),
            agent_calls=AgentCalls(Fleet(), lambda role, name: SESSION),
            session_of=lambda key: SESSION if key == "ASIATEST" else None,
            deployed=lambda: deployed,
        )

    def _moto(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self.reached += 1
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    def ask(self, service: str, target: str = "", path: str = "/", signed: bool = True, **body: Any) -> tuple[str, str]:
        content = json.dumps(body).encode()
        headers = {"host": f"{service}.{REGION}.amazonaws.com"}
        if target:
            headers |= {"x-amz-target": target}
        request = Request(method="POST", path=path, headers=headers, body=content)
        if signed:
            headers |= sign(request, SESSION.credentials, region=REGION, service=service, now=datetime.now(UTC))
        environ: Environ = {f"HTTP_{name.replace('-', '_').upper()}": value for name, value in headers.items()}
        environ |= {
            "REQUEST_METHOD": "POST",
            "REQUEST_URI": path,
            "CONTENT_LENGTH": str(len(content)),
            "CONTENT_TYPE": "application/x-amz-json-1.1",
            "wsgi.input": io.BytesIO(content),
        }
        status: list[str] = []
        text = b"".join(self._gate(environ, lambda line, headers: status.append(line)))
        return status[0], text.decode()


@pytest.fixture
def front() -> Front:
    return Front()


def test_an_allowed_request_reaches_moto_with_its_body(front: Front) -> None:
    status, text = front.ask("ssm", "AmazonSSM.GetParameter", Name="/a")

    assert (status, json.loads(text)) == ("200 OK", {"Name": "/a"})


def test_a_forbidden_request_does_not_reach_moto(front: Front) -> None:
    status, text = front.ask("ssm", "AmazonSSM.PutParameter", Name="/a")

    assert front.reached == 0
    assert (status, json.loads(text)["__type"]) == ("400 Bad Request", "AccessDeniedException")


def test_an_unsigned_request_does_not_reach_moto(front: Front) -> None:
    _, text = front.ask("ssm", "AmazonSSM.GetParameter", signed=False, Name="/a")

    assert front.reached == 0
    assert json.loads(text)["__type"] == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("path", ["/moto-api/reset", "/latest/meta-data/iam"])
def test_motos_own_pages_are_behind_no_name_of_awss(front: Front, path: str) -> None:
    status, _ = front.ask("ssm", "AmazonSSM.GetParameter", path=path, Name="/a")

    assert (status, front.reached) == ("404 Not Found", 0)


def test_s3_refuses_in_its_own_words(front: Front) -> None:
    status, text = front.ask("s3", path="/bucket/key")

    assert status == "403 Forbidden"
    assert "<Code>AccessDenied</Code>" in text


def test_a_service_that_is_not_emulated_says_so(front: Front) -> None:
    _, text = front.ask("route53", "Route53.ListHostedZones")

    assert json.loads(text)["__type"] == "UnknownOperationException"


def test_a_wrong_activation_is_refused_with_systems_managers_code(front: Front) -> None:
    body = {"ActivationId": "x", "ActivationCode": "y", "PublicKey": "k"}
    status, text = front.ask("ssm", "AmazonSSM.RegisterManagedInstance", signed=False, **body)

    assert (status, json.loads(text)["__type"]) == ("400 Bad Request", "InvalidActivation")


def test_what_is_no_request_of_awss_is_not_found(front: Front) -> None:
    assert front.ask("ssm")[0] == "404 Not Found"

"""Calls AWS through the node's own network: TLS checked by the node's trust store, SigV4 signatures."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .sigv4 import Credentials, Request, sign

CONNECT_TIMEOUT_S = 5.0
TARGETS = {"ssm": "AmazonSSM", "ec2messages": "EC2WindowsMessageDeliveryService_v20150605"}
METADATA = "169.254.169.254"
METADATA_TIMEOUT_S = 1.0

Body = Mapping[str, Any]


class CallFailed(Exception):
    """A call that AWS refused, or that did not get through."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def call(service: str, region: str, operation: str, body: Body, credentials: Credentials, wait_s: float = 0.0) -> Body:
    """A signed call; `wait_s` is how long AWS may take on purpose. Raises CallFailed."""
    host, headers, content = _request(service, region, operation, body)
    request = Request(method="POST", path="/", headers=headers, body=content)
    headers |= sign(request, credentials, region=region, service=service, now=datetime.now(UTC))
    return _send(host, headers, content, wait_s)


def call_unsigned(service: str, region: str, operation: str, body: Body, key: str = "") -> Body:
    """A call of a machine without credentials; with a key it proves who it is. Raises CallFailed."""
    host, headers, content = _request(service, region, operation, body)
    if key:
        headers["x-lab-proof"] = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
    return _send(host, headers, content, 0.0)


def metadata(path: str) -> str | None:
    """What instance metadata (version 2) says at a path below /latest; None where there is none."""
    try:
        token = _metadata("PUT", "/latest/api/token", {"X-aws-ec2-metadata-token-ttl-seconds": "300"})
        return None if token is None else _metadata("GET", f"/latest/{path}", {"X-aws-ec2-metadata-token": token})
    except (OSError, http.client.HTTPException):
        return None


def _request(service: str, region: str, operation: str, body: Body) -> tuple[str, dict[str, str], bytes]:
    host = f"{service}.{region}.amazonaws.com"
    content = json.dumps(body).encode()
    target = f"{TARGETS[service]}.{operation}"
    return host, {"host": host, "content-type": "application/x-amz-json-1.1", "x-amz-target": target}, content


def _send(host: str, headers: Mapping[str, str], content: bytes, wait_s: float) -> Body:
    connection = http.client.HTTPSConnection(
        host, timeout=CONNECT_TIMEOUT_S + wait_s, context=ssl.create_default_context()
    )
    try:
        connection.request("POST", "/", body=content, headers=dict(headers))
        answer = connection.getresponse()
        document = json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise CallFailed("RequestError", f"{host}: {fault}") from fault
    finally:
        connection.close()
    if answer.status != 200:
        raise CallFailed(str(document.get("__type", answer.status)), str(document.get("message", "")))
    found: Body = document
    return found


def _metadata(method: str, path: str, headers: Mapping[str, str]) -> str | None:
    connection = http.client.HTTPConnection(METADATA, timeout=METADATA_TIMEOUT_S)
    try:
        connection.request(method, path, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    return text if answer.status == 200 else None

"""AWS Signature Version 4: the agent signs with it, the lab's API checks with it.

Rules: AWS General Reference, "Create a signed AWS API request". Standard library only: it runs on a node.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote

ALGORITHM = "AWS4-HMAC-SHA256"
STAMP = "%Y%m%dT%H%M%SZ"
"""Of X-Amz-Date, in UTC."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Temporary credentials of a role."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it goes over the wire."""

    method: str
    path: str
    """Percent-encoded, as sent."""
    query: str = ""
    """Without the question mark, as sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a signature is good for."""

    date: str
    """YYYYMMDD."""
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """The parts of an Authorization header."""

    access_key_id: str
    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str

    @classmethod
    def parse(cls, header: str) -> Authorization:
        """Takes a header apart. Raises ValueError when it is not of this version."""
        algorithm, _, rest = header.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
        scope = parts.get("Credential", "").split("/")
        if algorithm != ALGORITHM or len(scope) != 5 or not {"SignedHeaders", "Signature"} <= set(parts):
            raise ValueError(f"not an {ALGORITHM} header")
        return cls(
            access_key_id=scope[0],
            scope=Scope(date=scope[1], region=scope[2], service=scope[3]),
            signed_headers=tuple(parts["SignedHeaders"].split(";")),
            signature=parts["Signature"],
        )


def sign(request: Request, credentials: Credentials, *, region: str, service: str, now: datetime) -> dict[str, str]:
    """The headers to add to a request, whose `host` is among its own."""
    stamp = now.strftime(STAMP)
    added = {"x-amz-date": stamp, "x-amz-security-token": credentials.session_token}
    signed = Request(
        method=request.method,
        path=request.path,
        query=request.query,
        body=request.body,
        headers={**request.headers, **added},
    )
    scope = Scope(date=stamp[:8], region=region, service=service)
    names = tuple(sorted(signed.headers))
    value = signature(signed, scope, names, credentials.secret_access_key)
    owner = f"{credentials.access_key_id}/{scope}"
    added["authorization"] = f"{ALGORITHM} Credential={owner}, SignedHeaders={';'.join(names)}, Signature={value}"
    return added


def signature(request: Request, scope: Scope, signed_headers: tuple[str, ...], secret_access_key: str) -> str:
    """The signature of a request, in hex."""
    canonical = hashlib.sha256(_canonical(request, scope.service, signed_headers).encode()).hexdigest()
    text = "\n".join((ALGORITHM, request.headers.get("x-amz-date", ""), str(scope), canonical))
    key = f"AWS4{secret_access_key}".encode()
    for part in (scope.date, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _canonical(request: Request, service: str, signed_headers: tuple[str, ...]) -> str:
    # S3 signs the path as it is sent; every other service encodes it once more.
    path = request.path if service == "s3" else quote(request.path, safe="/-_.~")
    pairs = sorted(
        (quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(request.query, keep_blank_values=True)
    )
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed_headers)
    payload = request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest()
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return "\n".join((request.method, path, query, headers, ";".join(signed_headers), payload))

"""Reads a request of one of AWS's protocols: which service, which operation, on which resources."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from lab.api.deployed import ACCOUNT
from lab.nodes.ssm_agent.sigv4 import Authorization, Request

Environ = dict[str, Any]
"""A WSGI environment."""

ACTION_PREFIXES = {"monitoring": "cloudwatch"}
"""Services whose IAM actions have another prefix than their signatures."""

_PARAMETER_OPERATIONS = frozenset(
    {
        "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory", "PutParameter",
        "DeleteParameter", "DeleteParameters", "LabelParameterVersion", "UnlabelParameterVersion",
    }
)  # fmt: skip
"""Those that IAM checks against a parameter's ARN (Service Authorization Reference)."""

_S3_OBJECT_ACTIONS = {
    ("GET", True): "GetObjectVersion", ("GET", False): "GetObject", ("HEAD", True): "GetObjectVersion",
    ("HEAD", False): "GetObject", ("PUT", False): "PutObject", ("DELETE", True): "DeleteObjectVersion",
    ("DELETE", False): "DeleteObject",
}  # fmt: skip
_S3_OBJECT_SUBRESOURCES = frozenset(
    {"acl", "tagging", "retention", "legal-hold", "uploads", "uploadId", "torrent", "attributes"}
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, read."""

    service: str
    """As in the signature's scope, or of the host when it is unsigned."""
    operation: str
    region: str
    source_address: str
    request: Request
    authorization: Authorization | None
    parameters: Mapping[str, Any]
    """The body of a JSON protocol; empty for others."""
    bucket: str = ""
    key: str = ""

    @property
    def action(self) -> str:
        """The IAM action."""
        return f"{ACTION_PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def resources(self) -> tuple[str, ...]:
        """ARNs the action is on; `*` where the lab knows of none."""
        if self.service == "s3":
            return (f"arn:aws:s3:::{self.bucket}/{self.key}" if self.key else f"arn:aws:s3:::{self.bucket or '*'}",)
        if self.service == "ssm":
            return tuple(parameter_arn(self.region, name) for name in self.parameter_names) or ("*",)
        if self.service == "kms" and self.parameters.get("KeyId"):
            key = str(self.parameters["KeyId"])
            return (key if key.startswith("arn:") else f"arn:aws:kms:{self.region}:{ACCOUNT}:key/{key}",)
        return ("*",)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The SSM parameters (or the path) a request names, without version or label."""
        if self.operation not in _PARAMETER_OPERATIONS:
            return ()
        names = self.parameters.get("Names") or [self.parameters.get("Name") or self.parameters.get("Path") or "*"]
        return tuple(_parameter_name(str(name)) for name in names)

    @property
    def wants_decryption(self) -> bool:
        """Whether it asks for the plain text of SecureStrings."""
        return self.parameters.get("WithDecryption") is True


def parameter_arn(region: str, name: str) -> str:
    """The ARN of a parameter; a name without a slash has one there."""
    return f"arn:aws:ssm:{region}:{ACCOUNT}:parameter/{name.lstrip('/')}"


def _parameter_name(name: str) -> str:
    if name.startswith("arn:"):
        name = "/" + name.split(":parameter/", 1)[-1]
    return name.split(":", 1)[0]


def read(environ: Environ) -> Call:
    """Reads a request and puts its body back for the next reader. Raises ValueError when it is of no AWS protocol."""
    request = _request(environ)
    header = request.headers.get("authorization", "")
    authorization = Authorization.parse(header) if header else None
    labels = request.headers.get("host", "").split(":")[0].removesuffix(".amazonaws.com").split(".")
    service = authorization.scope.service if authorization else labels[0]
    region = authorization.scope.region if authorization else labels[-1]
    bucket, key = _object(request, labels) if service == "s3" else ("", "")
    return Call(
        service=service,
        operation=_s3_operation(request, key) if service == "s3" else _operation(request),
        region=region,
        source_address=str(environ.get("REMOTE_ADDR", "")),
        request=request,
        authorization=authorization,
        parameters=_json(request),
        bucket=bucket,
        key=key,
    )


def _request(environ: Environ) -> Request:
    stream = environ["wsgi.input"]
    is_chunked = environ.get("wsgi.input_terminated")
    body = stream.read() if is_chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    path, _, query = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "/").partition("?")
    return Request(method=environ["REQUEST_METHOD"], path=path, query=query, headers=headers, body=body)


def _json(request: Request) -> Mapping[str, Any]:
    if "json" not in request.headers.get("content-type", "") or not request.body:
        return {}
    document = json.loads(request.body)
    return document if isinstance(document, dict) else {}


def _operation(request: Request) -> str:
    target = request.headers.get("x-amz-target")
    if target:
        return target.rsplit(".", 1)[-1]
    if "/operation/" in request.path:  # Smithy RPC v2
        return request.path.rsplit("/", 1)[-1]
    fields = {**parse_qs(request.query), **parse_qs(request.body.decode("utf-8", "replace"))}
    if "Action" not in fields:
        raise ValueError("no operation is named")
    return fields["Action"][0]


def _object(request: Request, labels: list[str]) -> tuple[str, str]:
    """Bucket and key, of a virtual host (`BUCKET.s3.REGION`) or of a path."""
    path = unquote(request.path).lstrip("/")
    if "s3" in labels[1:]:
        return ".".join(labels[: labels.index("s3", 1)]), path
    bucket, _, key = path.partition("/")
    return bucket, key


def _s3_operation(request: Request, key: str) -> str:
    fields = parse_qs(request.query, keep_blank_values=True)
    if not key:
        return (
            "ListBucket"
            if request.method in ("GET", "HEAD") and not fields.keys() & {"policy", "acl"}
            else "BucketAdministration"
        )
    if fields.keys() & _S3_OBJECT_SUBRESOURCES:
        return "ObjectAdministration"
    return _S3_OBJECT_ACTIONS.get((request.method, "versionId" in fields), "ObjectAdministration")

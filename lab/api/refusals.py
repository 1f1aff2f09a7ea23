"""AWS's answers to requests it refuses, each service in its own format."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lab.api.calls import Call

_STATUS = {400: "400 Bad Request", 403: "403 Forbidden", 404: "404 Not Found", 501: "501 Not Implemented"}

_CODES = {
    # What happened: the code in JSON protocols, in query protocols, in S3.
    "access denied": ("AccessDeniedException", "AccessDenied", "AccessDenied"),
    "unknown key": ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"),
    "expired": ("ExpiredTokenException", "ExpiredToken", "ExpiredToken"),
    "bad signature": ("InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    "unsigned": ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied"),
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: str
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    """A request that is not served."""

    def __init__(self, what: str, message: str) -> None:
        """`what` is a key of the table of codes, or a code that only a JSON protocol has."""
        super().__init__(message)
        self.what = what


def answer(call: Call, refused: Refused) -> Answer:
    """The refusal as the call's service words it."""
    json_code, query_code, s3_code = _CODES.get(refused.what, (refused.what,) * 3)
    message, request_id = str(refused), str(uuid.uuid4())
    if call.service == "s3":
        error = f"<Code>{s3_code}</Code><Message>{escape(message)}</Message><RequestId>{request_id}</RequestId>"
        body = b"" if call.request.method == "HEAD" else _xml(f"<Error>{error}</Error>")
        return Answer(status=_STATUS[403], content_type="application/xml", body=body)
    if "x-amz-target" in call.request.headers:
        document = {"__type": json_code, "message": message}
        headers = (("x-amzn-errortype", json_code), ("x-amzn-requestid", request_id))
        content_type = call.request.headers.get("content-type", "application/x-amz-json-1.1")
        return Answer(
            status=_STATUS[400], content_type=content_type, body=json.dumps(document).encode(), headers=headers
        )
    error = f"<Error><Type>Sender</Type><Code>{query_code}</Code><Message>{escape(message)}</Message></Error>"
    text = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    return Answer(status=_STATUS[403], content_type="text/xml", body=_xml(text))


def not_served(message: str) -> Answer:
    """For what is no request of AWS's at all, or nothing the lab has."""
    return Answer(status=_STATUS[404], content_type="text/plain", body=message.encode())


def _xml(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()

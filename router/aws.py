"""The agent's side of AWS: one child that answers requests (`router.aws_calls`)."""

from __future__ import annotations

import base64
import binascii
import json
import os
import selectors
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType

from router.errors import AwsError

CHILD = (sys.executable, "-P", "-s", "-m", "router.aws_calls")
ANSWER_TIMEOUT_S = 30.0
"""More than loading boto3 on a slow machine, finding credentials, and one call's own timeouts together."""


class Aws:
    """AWS for one fetch; leave the `with` block and the child is gone."""

    def __init__(self, child: Sequence[str] = CHILD, answer_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._argv = child
        self._answer_timeout_s = answer_timeout_s
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Aws:
        # Started at once: it loads boto3 while the agent still looks for its boot object.
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def parameter(self, region: str, name: str) -> str:
        """The value of one parameter, decrypted. Raises AwsError, which names it and never its value."""
        return self._ask({"call": "parameter", "region": region, "name": name}, "value", f"parameter {name}")

    def create(self, region: str, name: str, value: str) -> bool:
        """Creates a String parameter; False when there is one of that name. Raises AwsError."""
        request = {"call": "create", "region": region, "name": name, "value": value}
        return self._ask(request, "created", f"parameter {name}") == "yes"

    def delete(self, region: str, name: str) -> None:
        """Deletes a parameter; one that is not there is no error. Raises AwsError."""
        self._ask({"call": "delete", "region": region, "name": name}, "deleted", f"parameter {name}")

    def object(self, region: str, bucket: str, key: str, version_id: str) -> bytes:
        """One version of an object. Raises AwsError."""
        what = f"object s3://{bucket}/{key} (version {version_id})"
        request = {"call": "object", "region": region, "bucket": bucket, "key": key, "version_id": version_id}
        try:
            return base64.b64decode(self._ask(request, "base64", what), validate=True)
        except binascii.Error as error:
            raise AwsError(f"{what}: the AWS child gave no base64") from error

    def _ask(self, request: dict[str, str], field: str, what: str) -> str:
        line = self._exchange(json.dumps(request).encode() + b"\n", what)
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise AwsError(f"{what}: the AWS child gave no JSON") from error
        if "error" in answer:
            raise AwsError(f"{what}: {answer['error']}")
        return str(answer[field])

    def _exchange(self, request: bytes, what: str) -> bytes:
        child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise AwsError(f"{what}: the AWS child has no pipes")
        try:
            child.stdin.write(request)
            child.stdin.flush()
            line = _line(child.stdout.fileno(), self._answer_timeout_s)
        except (BrokenPipeError, EOFError) as error:
            self._end()
            raise AwsError(f"{what}: the AWS child ended; what it said is above") from error
        except TimeoutError as error:
            self._end()
            raise AwsError(f"{what}: no answer within {self._answer_timeout_s:.0f} s") from error
        return line

    def _start(self) -> subprocess.Popen[bytes]:
        self._child = subprocess.Popen(self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()


def _line(descriptor: int, timeout_s: float) -> bytes:
    """One line from a pipe. Raises EOFError when it ends and TimeoutError when nothing more comes."""
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not parts or not parts[-1].endswith(b"\n"):
            if not selector.select(timeout_s):
                raise TimeoutError
            parts.append(_read(descriptor))
    return b"".join(parts)


def _read(descriptor: int) -> bytes:
    part = os.read(descriptor, 1 << 16)
    if not part:
        raise EOFError
    return part

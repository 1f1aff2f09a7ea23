"""The short-lived child that talks to AWS: `python3 -m router.aws_calls`.

One JSON request a line on stdin, one JSON answer a line on stdout, until stdin ends.
So boto3 (0.3 s and 50 MiB) is loaded once for a whole boot and gone afterwards, and no key is ever on a command line
or in an environment.

    {"call": "parameter", "region", "name"}                      -> {"value"}
    {"call": "create", "region", "name", "value"}                -> {"created": "yes" | "no"}
    {"call": "delete", "region", "name"}                         -> {"deleted": "yes" | "no"}
    {"call": "object", "region", "bucket", "key", "version_id"}  -> {"base64"}
    any                                                          -> {"error": "<why>"}
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from router.bundle import MAX_BYTES

# The agent retries by itself, with jitter; botocore's own retries would only hide how long AWS is away.
CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})


class Aws:
    """One AWS session; made anew after a failure, because a session remembers that it found no credentials."""

    def __init__(self) -> None:
        self._start_anew()

    def answer(self, request: dict[str, str]) -> dict[str, str]:
        """Carries out one request; a failure is an answer too."""
        try:
            return self._call(request)
        except ClientError as error:
            self._start_anew()
            told = error.response["Error"]
            return {"error": f"AWS answers {told.get('Code')}: {told.get('Message')}"}
        except (BotoCoreError, OSError) as error:
            self._start_anew()
            return {"error": f"AWS is not reached: {error}"}

    def _start_anew(self) -> None:
        self._clients: dict[tuple[str, str], Any] = {}
        self._session = boto3.Session()

    def _call(self, request: dict[str, str]) -> dict[str, str]:
        if request["call"] == "parameter":
            got = self._client("ssm", request["region"]).get_parameter(Name=request["name"], WithDecryption=True)
            return {"value": got["Parameter"]["Value"]}
        if request["call"] == "object":
            got = self._client("s3", request["region"]).get_object(
                Bucket=request["bucket"], Key=request["key"], VersionId=request["version_id"]
            )
            # One byte more than a bundle may have, so that a longer one fails its digest instead of filling the disk.
            return {"base64": base64.b64encode(got["Body"].read(MAX_BYTES + 1)).decode()}
        if request["call"] == "create":
            return {"created": self._create(request["region"], request["name"], request["value"])}
        if request["call"] == "delete":
            return {"deleted": self._delete(request["region"], request["name"])}
        raise ValueError(f"no such call: {request['call']!r}")

    def _create(self, region: str, name: str, value: str) -> str:
        ssm = self._client("ssm", region)
        try:
            ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=False)
        except ssm.exceptions.ParameterAlreadyExists:
            return "no"
        return "yes"

    def _delete(self, region: str, name: str) -> str:
        ssm = self._client("ssm", region)
        try:
            ssm.delete_parameter(Name=name)
        except ssm.exceptions.ParameterNotFound:
            return "no"
        return "yes"

    def _client(self, service: str, region: str) -> Any:
        place = (service, region)
        if place not in self._clients:
            self._clients[place] = self._session.client(service, region_name=region, config=CONFIG)
        return self._clients[place]


def main() -> None:
    """Answers requests until stdin ends."""
    aws = Aws()
    for line in sys.stdin:
        print(json.dumps(aws.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

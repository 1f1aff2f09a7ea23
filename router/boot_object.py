"""The boot object: the four facts a router must know to fetch its bundle.

On Sakura the startup note writes it to a file; on EC2 it is the instance's user data, read from instance metadata
version 2 (a session token first, then the data).
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass

from router.errors import BootObjectError
from router.paths import Paths

METADATA_URL = "http://169.254.169.254/latest"
METADATA_TIMEOUT_S = 1.0
TOKEN_TTL_S = 60
FIELDS = ("router", "region", "bucket", "parameter_path")


@dataclass(frozen=True, kw_only=True)
class BootObject:
    """Which router this is and where its bundle and keys are."""

    router: str
    region: str
    bucket: str
    parameter_path: str
    """`/flets-to-vpc/<stack>/<router>`; pointer and keys are below it."""


def read(paths: Paths, metadata_url: str = METADATA_URL) -> BootObject:
    """The boot object from the file where there is one, else from instance metadata. Raises BootObjectError."""
    if paths.boot_object.exists():
        return parse(paths.boot_object.read_text(), str(paths.boot_object))
    return parse(_user_data(metadata_url), "EC2 user data")


def parse(text: str, place: str) -> BootObject:
    """Reads the JSON object. Raises BootObjectError that names the place, never its content."""
    try:
        stated = json.loads(text)
    except ValueError as error:
        raise BootObjectError(f"{place}: the boot object is not JSON ({error}); deploy the router anew") from error
    fields = stated if isinstance(stated, dict) else {}
    missing = [name for name in FIELDS if not isinstance(fields.get(name), str) or not fields[name]]
    if missing:
        raise BootObjectError(f"{place}: the boot object lacks {', '.join(missing)}; deploy the router anew")
    return BootObject(**{name: fields[name] for name in FIELDS})


def _user_data(metadata_url: str) -> str:
    # A proxy from the environment must never see instance metadata.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    ask_token = urllib.request.Request(
        f"{metadata_url}/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_TTL_S)}
    )
    try:
        with opener.open(ask_token, timeout=METADATA_TIMEOUT_S) as answer:
            token = answer.read().decode()
        ask_data = urllib.request.Request(f"{metadata_url}/user-data", headers={"X-aws-ec2-metadata-token": token})
        with opener.open(ask_data, timeout=METADATA_TIMEOUT_S) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        raise BootObjectError(f"instance metadata answers {error.code} to {error.url}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BootObjectError(f"no boot object: no file of that name, and instance metadata says {error}") from error

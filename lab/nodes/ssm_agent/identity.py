"""Who this machine is to AWS: a registered hybrid node, or an EC2 instance; and its role's credentials."""

from __future__ import annotations

import configparser
import json
import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .calls import CallFailed, call_unsigned, metadata
from .sigv4 import Credentials

STATE = Path("/var/lib/amazon/ssm")
REGISTRATION = STATE / "registration"
SHARED_CREDENTIALS = Path("/root/.aws/credentials")
"""Where the real agent shares the role's credentials, in the profile `default`."""


class Identity(Protocol):
    """A machine that AWS knows."""

    @property
    def region(self) -> str:
        """Its region."""

    def credentials(self) -> tuple[Credentials, float]:
        """Its role's credentials and how many seconds to use them for. Raises CallFailed."""


@dataclass(frozen=True)
class HybridNode:
    """A machine outside AWS, registered by an activation."""

    instance_id: str
    region: str
    key: str

    def credentials(self) -> tuple[Credentials, float]:
        """New ones each time, shared with whatever root runs."""
        body = {"InstanceId": self.instance_id, "Fingerprint": fingerprint()}
        answer = call_unsigned("ssm", self.region, "RequestManagedInstanceRoleToken", body, self.key)
        found = Credentials(
            access_key_id=answer["AccessKeyId"],
            secret_access_key=answer["SecretAccessKey"],
            session_token=answer["SessionToken"],
        )
        share(found)
        return found, (float(answer["TokenExpirationDate"]) - time.time()) / 2


@dataclass(frozen=True)
class Instance:
    """An EC2 instance; instance metadata has its role's credentials."""

    region: str
    role: str

    def credentials(self) -> tuple[Credentials, float]:
        """Those of the instance profile."""
        text = metadata(f"meta-data/iam/security-credentials/{self.role}") or "{}"
        answer = json.loads(text)
        if answer.get("Code") != "Success":
            raise CallFailed("NoCredentials", str(answer.get("Message", "instance metadata has no credentials")))
        found = Credentials(
            access_key_id=answer["AccessKeyId"],
            secret_access_key=answer["SecretAccessKey"],
            session_token=answer["Token"],
        )
        return found, 300.0


def identify() -> Identity | None:
    """The registration on disk, else instance metadata, else nothing."""
    if REGISTRATION.exists():
        known = json.loads(REGISTRATION.read_text())
        return HybridNode(known["ManagedInstanceID"], known["Region"], known["PrivateKey"])
    region = metadata("meta-data/placement/region")
    role = metadata("meta-data/iam/security-credentials/") if region else None
    return Instance(region, role) if region and role else None


def register(code: str, activation_id: str, region: str) -> str:
    """Registers this machine and keeps what it is from now on. Returns its id; raises CallFailed."""
    key = secrets.token_hex(32)
    body = {
        "ActivationCode": code,
        "ActivationId": activation_id,
        "PublicKey": key,
        "PublicKeyType": "Lab",
        "Fingerprint": fingerprint(),
    }
    instance_id = str(call_unsigned("ssm", region, "RegisterManagedInstance", body)["InstanceId"])
    write_private(REGISTRATION, json.dumps({"ManagedInstanceID": instance_id, "Region": region, "PrivateKey": key}))
    HybridNode(instance_id, region, key).credentials()
    return instance_id


def share(credentials: Credentials) -> None:
    """Puts credentials into root's default profile and leaves other profiles alone."""
    profiles = configparser.RawConfigParser()
    profiles.read(SHARED_CREDENTIALS)
    values: Mapping[str, str] = {
        "aws_access_key_id": credentials.access_key_id,
        "aws_secret_access_key": credentials.secret_access_key,
        "aws_session_token": credentials.session_token,
    }
    profiles["default"] = values
    lines = [
        f"[{name}]\n" + "".join(f"{k} = {v}\n" for k, v in profiles[name].items())
        for name in profiles.sections() or ["default"]
    ]
    write_private(SHARED_CREDENTIALS, "\n".join(lines))


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step, readable by root only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    new.replace(path)


def fingerprint() -> str:
    """What tells this machine from a clone; the real agent hashes its hardware."""
    return socket.gethostname()

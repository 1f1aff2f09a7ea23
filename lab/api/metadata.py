"""Instance metadata, version 2, at 169.254.169.254 in a VPC; the source address says which machine asks.

Rules: EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.api.access import Session
from lab.api.machines import MachineFacts
from lab.api.names import METADATA_ADDRESS, METADATA_PORT
from lab.api.refusals import Refused

LONGEST_TOKEN_S = 21_600
TOKEN_SECONDS_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"  # a header's name, no token
TOKEN_HEADER = "X-aws-ec2-metadata-token"
CREDENTIALS = "meta-data/iam/security-credentials"


class Metadata:
    """Answers metadata requests; what it knows may be replaced while it serves."""

    def __init__(self, session_for: Callable[[str, str], Session]) -> None:
        """`session_for` gives credentials of a role (first) to an instance (second), or raises Refused."""
        self._session_for = session_for
        self._machines: Mapping[tuple[str, str], MachineFacts] = {}
        self._tokens: dict[str, tuple[str, float]] = {}
        self._sessions: dict[tuple[str, str], Session] = {}
        self._lock = threading.Lock()

    def load(self, machines: tuple[MachineFacts, ...]) -> None:
        """Takes what is deployed now."""
        self._machines = {(machine.vpc_id, machine.address): machine for machine in machines}

    def machine(self, vpc_id: str, address: str) -> MachineFacts | None:
        """Who asks from this address of this VPC."""
        return self._machines.get((vpc_id, address))

    def make_token(self, machine: MachineFacts, seconds: str) -> str | None:
        """A token for as long as asked, or None when that is out of range."""
        if not seconds.isdigit() or not 1 <= int(seconds) <= LONGEST_TOKEN_S:
            return None
        token = secrets.token_urlsafe(40)
        with self._lock:
            now = time.monotonic()
            self._tokens = {known: entry for known, entry in self._tokens.items() if entry[1] > now}
            self._tokens[token] = (machine.instance_id, now + int(seconds))
        return token

    def admits(self, machine: MachineFacts, token: str | None) -> bool:
        """Whether a read may go on: with this machine's own, valid token, or without any where version 1 is open."""
        if token is None:
            return not machine.requires_token
        with self._lock:
            owner, until = self._tokens.get(token, ("", 0.0))
        return owner == machine.instance_id and until > time.monotonic()

    def read(self, machine: MachineFacts, path: str) -> bytes | None:
        """What is at a path below /latest; None when nothing is."""
        path = path.strip("/")
        if path == "user-data":
            return machine.user_data
        if machine.role and path.startswith("meta-data/iam"):
            return self._read_iam(machine, path)
        if path in machine.leaves:
            return machine.leaves[path].encode()
        return _listing(machine, path)

    def _read_iam(self, machine: MachineFacts, path: str) -> bytes | None:
        if path == CREDENTIALS:
            return machine.role.encode()
        if path == f"{CREDENTIALS}/{machine.role}":
            return json.dumps(self._credentials(machine)).encode()
        return b"security-credentials/" if path == "meta-data/iam" else None

    def _credentials(self, machine: MachineFacts) -> Mapping[str, str]:
        key = (machine.instance_id, machine.role)
        with self._lock:
            session = self._sessions.get(key)
            # New ones are out at least five minutes before the old ones end (IAM roles for Amazon EC2).
            if session is None or session.expires.timestamp() - time.time() < 600:
                try:
                    session = self._sessions[key] = self._session_for(machine.role, machine.instance_id)
                except Refused as refused:
                    return {"Code": "AssumeRoleUnauthorizedAccess", "Message": str(refused)}
        return {
            "Code": "Success",
            "Type": "AWS-HMAC",
            "LastUpdated": _stamp(time.time()),
            "AccessKeyId": session.credentials.access_key_id,
            "SecretAccessKey": session.credentials.secret_access_key,
            "Token": session.credentials.session_token,
            "Expiration": _stamp(session.expires.timestamp()),
        }


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _listing(machine: MachineFacts, path: str) -> bytes | None:
    """The names below a folder, folders with a slash; tag names hold colons, never slashes."""
    prefix = f"{path}/" if path else ""
    below = {name[len(prefix) :] for name in machine.leaves if name.startswith(prefix)}
    if path == "meta-data" and machine.role:
        below.add("iam/")
    names = sorted({entry.split("/", 1)[0] + ("/" if "/" in entry else "") for entry in below})
    return "\n".join(names).encode() if names else None


def serve(metadata: Metadata, vpc_id: str, listening: socket.socket) -> ThreadingHTTPServer:
    """Serves a VPC's machines on a socket, in threads of its own, until `shutdown`."""

    class Handler(_Handler):
        source = metadata
        vpc = vpc_id

    server = ThreadingHTTPServer((str(METADATA_ADDRESS), METADATA_PORT), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=f"metadata-{vpc_id}", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    source: Metadata
    vpc: str
    server_version = "EC2ws"
    sys_version = ""

    def do_PUT(self) -> None:
        machine = self.source.machine(self.vpc, self.client_address[0])
        if machine is None or self.path != "/latest/api/token" or self.headers.get("X-Forwarded-For"):
            self._answer(403 if machine else 404, None)
            return
        seconds = self.headers.get(TOKEN_SECONDS_HEADER, "")
        token = self.source.make_token(machine, seconds)
        self._answer(
            200 if token else 400, token.encode() if token else None, {TOKEN_SECONDS_HEADER: seconds} if token else {}
        )

    def do_GET(self) -> None:
        machine = self.source.machine(self.vpc, self.client_address[0])
        if machine is None:
            self._answer(404, None)
        elif not self.source.admits(machine, self.headers.get(TOKEN_HEADER)):
            self._answer(401, None)
        else:
            path = self.path.partition("?")[0]
            found = self.source.read(machine, path.removeprefix("/latest")) if path.startswith("/latest") else None
            self._answer(404 if found is None else 200, found)

    def _answer(self, status: int, body: bytes | None, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body or b"")))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: a path may be asked every second."""

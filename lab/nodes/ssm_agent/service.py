"""The agent as a service: keeps the role's credentials fresh and runs what AWS sends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from .calls import Body, CallFailed, call
from .identity import Identity, identify
from .sigv4 import Credentials

RETRY_S = 1.0
"""The real agent waits five minutes and more; the lab has less patience."""
LONG_POLL_S = 25.0
LONGEST_RUN_S = 3600.0
"""AWS-RunShellScript's executionTimeout."""
MOST_OUTPUT = 24_000
"""Characters of output that Systems Manager keeps."""


def serve() -> None:
    """Serves until it is told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    said = ""
    while True:
        try:
            identity = identify()
            if identity is None:
                raise CallFailed("Hibernate", "neither registered nor on EC2")
            said = ""
            _serve_as(identity)
        except CallFailed as fault:
            if str(fault) != said:
                print(said := str(fault), flush=True)
            time.sleep(RETRY_S)


def _serve_as(identity: Identity) -> None:
    """Serves with an identity until a call fails. Raises CallFailed."""
    credentials, good_for_s = identity.credentials()
    renew_at = time.monotonic() + good_for_s
    call("ssm", identity.region, "UpdateInstanceInformation", {"AgentStatus": "Active"}, credentials)
    print("online", flush=True)
    while True:
        if time.monotonic() > renew_at:
            credentials, good_for_s = identity.credentials()
            renew_at = time.monotonic() + good_for_s
        asked = {"Destination": "this machine", "VisibilityTimeoutInSeconds": 10}
        answer = call("ec2messages", identity.region, "GetMessages", asked, credentials, wait_s=LONG_POLL_S)
        for message in answer["Messages"]:
            threading.Thread(target=_handle, args=(identity, credentials, message), daemon=True).start()


def _handle(identity: Identity, credentials: Credentials, message: Body) -> None:
    commands = json.loads(message["Payload"])["Commands"]
    print(f"{message['Topic']} {message['MessageId']}: started", flush=True)
    code, output = run(commands)
    print(f"{message['Topic']} {message['MessageId']}: exit {code}", flush=True)
    reply = {"MessageId": message["MessageId"], "Payload": json.dumps({"ExitCode": code, "Output": output})}
    try:
        call("ec2messages", identity.region, "SendReply", reply, credentials)
    except CallFailed as fault:
        print(f"{message['MessageId']}: no reply could be sent: {fault}", flush=True)


def run(commands: Sequence[str]) -> tuple[int, str]:
    """Runs the lines as one script, as AWS-RunShellScript does; exit status and what it printed."""
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", "\n".join(commands)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=LONGEST_RUN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 137, f"no end within {LONGEST_RUN_S:.0f} s"
    return done.returncode, done.stdout[-MOST_OUTPUT:]

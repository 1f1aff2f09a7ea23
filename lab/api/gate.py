"""The front of the data plane: checks each request against what is deployed, then lets moto or the fleet answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from lab.api import refusals
from lab.api.access import Session, authenticate, authorize
from lab.api.agent_calls import AgentCalls
from lab.api.calls import Call, Environ, read
from lab.api.deployed import Deployed
from lab.api.refusals import Answer, Refused

SERVED_BY_MOTO = frozenset({"ssm", "s3", "kms", "sts", "monitoring", "autoscaling", "ec2"})

MOTO_OWN_PATHS = ("/moto-api", "/latest/", "/favicon.ico")
"""Where moto would answer as its own administrator, or as instance metadata, under any name."""

StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class Gate:
    """A WSGI application in front of moto's."""

    def __init__(
        self,
        *,
        moto: Application,
        moto_lock: threading.RLock,
        agent_calls: AgentCalls,
        session_of: Callable[[str], Session | None],
        deployed: Callable[[], Deployed],
    ) -> None:
        """`moto_lock` keeps requests out while moto is brought up to date."""
        self._moto = moto
        self._moto_lock = moto_lock
        self._agent_calls = agent_calls
        self._session_of = session_of
        self._deployed = deployed

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        try:
            call = read(environ)
        except (ValueError, KeyError) as fault:
            return _send(refusals.not_served(f"no request of AWS's: {fault}"), start_response)
        if call.request.path.startswith(MOTO_OWN_PATHS):
            return _send(refusals.not_served("nothing is here"), start_response)
        try:
            return self._serve(call, environ, start_response)
        except Refused as refused:
            return _send(refusals.answer(call, refused), start_response)

    def _serve(self, call: Call, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._agent_calls.serves_unsigned(call):
            return _send(self._agent_calls.unsigned(call), start_response)
        session = authenticate(call, self._session_of, datetime.now(UTC))
        authorize(call, session, self._deployed())
        if self._agent_calls.serves(call):
            return _send(self._agent_calls.signed(call, session), start_response)
        if call.service not in SERVED_BY_MOTO:
            raise Refused("UnknownOperationException", f"the lab does not emulate {call.action}")
        with self._moto_lock:
            return list(self._moto(environ, start_response))


def _send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *answer.headers]
    start_response(answer.status, headers)
    return [answer.body]

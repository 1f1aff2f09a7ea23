"""The calls of amazon-ssm-agent that moto does not have, under their real names.

Registration and role token: service `ssm`. Messages: `ec2messages`, the agent's message delivery service.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from lab.api.access import Session
from lab.api.calls import Call
from lab.api.fleet import Fleet
from lab.api.refusals import Answer, Refused

LONGEST_WAIT_S = 20.0
"""How long GetMessages waits for a message, as the real service does."""

UNSIGNED = frozenset({"RegisterManagedInstance", "RequestManagedInstanceRoleToken"})
"""Calls of a machine that has no credentials yet; the second proves itself by its registered key."""

Body = Mapping[str, Any]


class AgentCalls:
    """Serves the agents."""

    def __init__(self, fleet: Fleet, session_for: Callable[[str, str], Session]) -> None:
        """`session_for` gives credentials of a role to a hybrid node."""
        self._fleet = fleet
        self._session_for = session_for
        self._operations: dict[str, Callable[[Call, str], Body]] = {
            "ssm:UpdateInstanceInformation": self._update_information,
            "ec2messages:GetMessages": self._get_messages,
            "ec2messages:AcknowledgeMessage": lambda call, machine_id: {},
            "ec2messages:SendReply": self._send_reply,
        }

    def serves_unsigned(self, call: Call) -> bool:
        """Whether this call comes without a signature."""
        return call.service == "ssm" and call.authorization is None and call.operation in UNSIGNED

    def serves(self, call: Call) -> bool:
        """Whether this call, signed and allowed, is served here."""
        return call.action in self._operations

    def unsigned(self, call: Call) -> Answer:
        """Answers a call without a signature. Raises Refused."""
        return _json(self._register(call) if call.operation == "RegisterManagedInstance" else self._role_token(call))

    def signed(self, call: Call, session: Session) -> Answer:
        """Answers a call of a machine; its session's name is its id. Raises Refused."""
        return _json(self._operations[call.action](call, session.name))

    def _register(self, call: Call) -> Body:
        stated = call.parameters
        key = str(stated.get("PublicKey", ""))
        if not key:
            raise Refused("ValidationException", "PublicKey is required.")
        return {
            "InstanceId": self._fleet.register(str(stated.get("ActivationId")), str(stated.get("ActivationCode")), key)
        }

    def _role_token(self, call: Call) -> Body:
        machine = self._fleet.machine(str(call.parameters.get("InstanceId")))
        wanted = hmac.new(machine.key.encode(), call.request.body, hashlib.sha256).hexdigest()
        if not machine.key or not hmac.compare_digest(wanted, call.request.headers.get("x-lab-proof", "")):
            raise Refused("InvalidSignatureException", "The machine's proof does not match the key it registered.")
        session = self._session_for(machine.role, machine.id)
        return {
            "AccessKeyId": session.credentials.access_key_id,
            "SecretAccessKey": session.credentials.secret_access_key,
            "SessionToken": session.credentials.session_token,
            "TokenExpirationDate": session.expires.timestamp(),
        }

    def _update_information(self, call: Call, machine_id: str) -> Body:
        self._fleet.hear_from(machine_id)
        return {}

    def _get_messages(self, call: Call, machine_id: str) -> Body:
        self._fleet.machine(machine_id)
        command = self._fleet.next_command(machine_id, LONGEST_WAIT_S)
        if command is None:
            return {"Messages": []}
        payload = json.dumps(
            {"CommandId": command.id, "DocumentName": "AWS-RunShellScript", "Commands": command.commands}
        )
        topic = f"aws.ssm.{'association' if command.association_id else 'sendCommand'}"
        return {"Messages": [{"MessageId": command.id, "Destination": machine_id, "Topic": topic, "Payload": payload}]}

    def _send_reply(self, call: Call, machine_id: str) -> Body:
        payload = json.loads(str(call.parameters.get("Payload", "{}")))
        self._fleet.report(str(call.parameters.get("MessageId")), int(payload["ExitCode"]), str(payload["Output"]))
        return {}


def _json(document: Body) -> Answer:
    return Answer(status="200 OK", content_type="application/x-amz-json-1.1", body=json.dumps(document).encode())

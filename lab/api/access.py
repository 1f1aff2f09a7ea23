"""Decides about a request: who signed it, and whether the deployed policies let them."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lab.api.calls import Call, parameter_arn
from lab.api.deployed import ACCOUNT, Deployed, Role
from lab.api.policy import Decision, decide, decide_of_resource
from lab.api.refusals import Refused
from lab.nodes.ssm_agent import sigv4

CLOCK_SKEW = timedelta(minutes=15)
"""A signature older or newer than that is refused (AWS General Reference)."""

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity"})
"""Needs no permission, and no deny forbids it (STS API Reference)."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Credentials of a role in use."""

    role: str
    name: str
    """Of the session: the instance's id."""
    credentials: sigv4.Credentials
    expires: datetime

    @property
    def arn(self) -> str:
        """Who the session is in AWS's messages."""
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.role}/{self.name}"


def authenticate(call: Call, session_of: Callable[[str], Session | None], now: datetime) -> Session:
    """Who signed the request. Raises Refused."""
    signed = call.authorization
    if signed is None:
        raise Refused("unsigned", "Request is missing Authentication Token")
    session = session_of(signed.access_key_id)
    if session is None or call.request.headers.get("x-amz-security-token") != session.credentials.session_token:
        raise Refused("unknown key", "The security token included in the request is invalid.")
    if session.expires <= now:
        raise Refused("expired", "The security token included in the request is expired")
    _check_stamp(call, now)
    wanted = sigv4.signature(call.request, signed.scope, signed.signed_headers, session.credentials.secret_access_key)
    if not hmac.compare_digest(wanted, signed.signature) or "host" not in signed.signed_headers:
        raise Refused("bad signature", "The request signature we calculated does not match the signature you provided.")
    return session


def _check_stamp(call: Call, now: datetime) -> None:
    try:
        stamp = datetime.strptime(call.request.headers.get("x-amz-date", ""), sigv4.STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise Refused("bad signature", "The request has no valid X-Amz-Date.") from None
    if abs(now - stamp) > CLOCK_SKEW:
        raise Refused(
            "bad signature", f"Signature not current: {stamp:{sigv4.STAMP}} is too far from {now:{sigv4.STAMP}}"
        )


def authorize(call: Call, session: Session, deployed: Deployed) -> None:
    """Whether the session's role may do it, decryption included. Raises Refused with AWS's wording."""
    if call.action in ALWAYS_ALLOWED:
        return
    role = deployed.roles.get(session.role)
    context = _context(call, session)
    for resource in call.resources:
        bucket_policy = deployed.bucket_policies.get(call.bucket) if call.service == "s3" else None
        _check(role, session, call.action, resource, context, bucket_policy)
    for resource, key_arn, via in _decryptions(call, deployed):
        of_key = {**context, "kms:viaservice": f"{call.service}.{call.region}.amazonaws.com", **via}
        _check(role, session, "kms:Decrypt", key_arn, of_key, deployed.key_policies.get(key_arn), resource)


def _decryptions(call: Call, deployed: Deployed) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """What is decrypted on the caller's behalf: the resource, its key, and what the key's policy sees of it."""
    if call.service == "ssm" and call.wants_decryption:
        for name, key_arn in deployed.parameter_keys.items():
            is_below = call.operation == "GetParametersByPath" and any(name.startswith(p) for p in call.parameter_names)
            if name in call.parameter_names or is_below:
                arn = parameter_arn(call.region, name)
                yield arn, key_arn, {"kms:encryptioncontext:parameter_arn": arn}
    if call.service == "s3" and call.operation.startswith("GetObject") and call.request.method == "GET":
        found = deployed.object_keys.get((call.bucket, call.key))
        if found:
            yield call.resources[0], found.key_arn, {"kms:encryptioncontext:aws:s3:arn": found.context_arn}


def _context(call: Call, session: Session) -> dict[str, str]:
    return {
        "aws:principalarn": f"arn:aws:iam::{ACCOUNT}:role/{session.role}",
        "aws:principalaccount": ACCOUNT,
        "aws:requestedregion": call.region,
        "aws:securetransport": "true",
        "aws:sourceip": call.source_address,
        "aws:userid": f"{session.role}:{session.name}",
    }


def _check(
    role: Role | None,
    session: Session,
    action: str,
    resource: str,
    context: Mapping[str, str],
    resource_policy: Mapping[str, object] | None,
    reason: str = "",
) -> None:
    says = [decide(role.policies if role else (), action, resource, context)]
    if resource_policy is not None:
        principals = frozenset({session.arn, context["aws:principalarn"]})
        says.append(decide_of_resource(resource_policy, action, resource, context, principals))
        if action.startswith("kms:") and Decision.DENIED not in says:
            # A key's policy that names the account lets IAM decide; one that does not leaves IAM without a say.
            account = frozenset({f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT})
            if decide_of_resource(resource_policy, action, resource, context, account) is not Decision.ALLOWED:
                says = says[1:]
    if Decision.DENIED in says:
        raise Refused("access denied", _words(session, action, resource, Decision.DENIED, reason))
    if Decision.ALLOWED not in says:
        raise Refused("access denied", _words(session, action, resource, Decision.NOT_ALLOWED, reason))


def _words(session: Session, action: str, resource: str, decision: Decision, reason: str) -> str:
    why = {
        Decision.DENIED: "with an explicit deny",
        Decision.NOT_ALLOWED: f"because no identity-based policy allows the {action} action",
    }[decision]
    wanted = f" (to read {reason})" if reason else ""
    return f"User: {session.arn} is not authorized to perform: {action} on resource: {resource} {why}{wanted}"

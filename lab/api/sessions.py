"""Credentials given out for roles; moto's STS keeps them, so that GetCallerIdentity knows them too."""

from __future__ import annotations

from datetime import UTC

from moto.sts.models import sts_backends

from lab.api.access import Session
from lab.api.deployed import ACCOUNT, Deployed
from lab.api.policy import trusts
from lab.api.refusals import Refused
from lab.nodes.ssm_agent.sigv4 import Credentials

EC2, SYSTEMS_MANAGER = "ec2.amazonaws.com", "ssm.amazonaws.com"
LIFETIME_S = {EC2: 6 * 3600, SYSTEMS_MANAGER: 3600}
"""As the real services give them out."""


class Sessions:
    """Gives out and finds credentials."""

    def __init__(self, region: str) -> None:
        self._sts = sts_backends[ACCOUNT]["aws"]
        self._region = region

    def assume(self, role_name: str, service: str, session_name: str, deployed: Deployed) -> Session:
        """Credentials of a role for a service's machine. Raises Refused when its trust policy says no."""
        role = deployed.roles.get(role_name)
        context = {"aws:sourceaccount": ACCOUNT, "aws:sourcearn": f"arn:aws:ssm:{self._region}:{ACCOUNT}:*"}
        if role is None or not trusts(role.trust, service, context if service == SYSTEMS_MANAGER else {}):
            raise Refused(
                "access denied",
                f"{service} may not assume role {role_name!r}: {'its trust policy' if role else 'there is none'}",
            )
        made = self._sts.assume_role(
            region_name=self._region,
            role_session_name=session_name,
            role_arn=role.arn,
            policy="",
            duration=LIFETIME_S[service],
            external_id="",
        )
        found = self.find(made.access_key_id)
        assert found is not None, "STS forgot what it just gave out"
        return found

    def find(self, access_key_id: str) -> Session | None:
        """The session of an access key, expired ones included."""
        made = self._sts.get_assumed_role_from_access_key(access_key_id)
        if made is None:
            return None
        credentials = Credentials(
            access_key_id=made.access_key_id, secret_access_key=made.secret_access_key, session_token=made.session_token
        )
        return Session(
            role=made.role_arn.rsplit("/", 1)[-1],
            name=made.session_name,
            credentials=credentials,
            expires=made.expiration.replace(tzinfo=UTC),
        )

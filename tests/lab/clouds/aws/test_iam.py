"""What IAM refuses of roles, policies and instance profiles."""

from __future__ import annotations

import json

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import Case, Clouds, case, refused
from tests.lab.clouds.standing import ATTACHMENT, CORE_POLICY, PROFILE, ROLE, ROLE_POLICY, policy, trust

READ = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}
TRUST = trust("ec2.amazonaws.com")


@pytest.mark.parametrize(
    "row",
    [
        case("its name is free", "EntityAlreadyExists", "Role with name node already exists", name="node"),
        case("its name is short", "ValidationError", "1 to 64 characters", name="x" * 65),
        case("its name is plain", "ValidationError", "must match", name="a role"),
        case("its path has slashes", "ValidationError", "must match", path="x"),
        case("a session lasts an hour or more", "ValidationError", "from 3600 to 43200", maxSessionDuration=60),
        case("its trust is json", "MalformedPolicyDocument", "JSON object", assumeRolePolicy="{"),
        case("its trust is short", "LimitExceeded", "at most 2048 bytes",
             assumeRolePolicy=json.dumps({"Statement": [{"Sid": "x" * 2048}]})),
        case("its trust names a principal", "MalformedPolicyDocument", "Missing required field Principal",
             assumeRolePolicy=policy({"Effect": "Allow", "Action": "sts:AssumeRole"})),
        case("its trust names no resource", "MalformedPolicyDocument", "prohibited field Resource",
             assumeRolePolicy=policy({"Effect": "Allow", "Action": "x", "Principal": "*", "Resource": "*"})),
    ],
)  # fmt: skip
def test_a_role(identities: Clouds, row: Case) -> None:
    refused(identities, ROLE, {"assumeRolePolicy": TRUST}, row)


@pytest.mark.parametrize(
    "row",
    [
        case("its role exists", "NoSuchEntity", "no resource has it", role="nobody"),
        case("it has a statement", "MalformedPolicyDocument", "needs a Statement", policy="{}"),
        case("it allows or denies", "MalformedPolicyDocument", "field Effect", policy=policy({**READ, "Effect": "No"})),
        case("it names an action", "MalformedPolicyDocument", "field Action",
             policy=policy({"Effect": "Allow", "Resource": "*"})),
        case("it names a resource", "MalformedPolicyDocument", "field Resource",
             policy=policy({"Effect": "Allow", "Action": "*"})),
        case("it names no principal", "MalformedPolicyDocument", "prohibited field Principal",
             policy=policy({**READ, "Principal": "*"})),
        case("inline policies are 10240 bytes together", "LimitExceeded", "10240 bytes exceeded for role node",
             policy=policy({**READ, "Sid": "x" * 8000})),
        case("its name is its own", "EntityAlreadyExists", "node has a policy first already", name="first"),
    ],
)  # fmt: skip
def test_an_inline_policy(identities: Clouds, row: Case) -> None:
    identities.create(ROLE_POLICY, "first", role="node", name="first", policy=policy({**READ, "Sid": "x" * 4000}))
    refused(identities, ROLE_POLICY, {"role": "node", "policy": policy(READ)}, row)


def test_white_space_does_not_count_in_a_policy(identities: Clouds) -> None:
    spacious = json.dumps(json.loads(policy({**READ, "Sid": "x" * 9000})), indent=1000)
    identities.create(ROLE_POLICY, "spacious", role="node", policy=spacious)


def test_a_role_has_at_most_ten_managed_policies_each_once(identities: Clouds) -> None:
    with pytest.raises(Refused, match=r"EntityAlreadyExists: .* is attached to node already"):
        identities.create(ATTACHMENT, "again", role="node", policyArn=CORE_POLICY)
    for number in range(9):
        identities.create(ATTACHMENT, f"a{number}", role="node", policyArn=f"{CORE_POLICY}{number}")
    with pytest.raises(Refused, match=r"LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10"):
        identities.create(ATTACHMENT, "one more", role="node", policyArn=f"{CORE_POLICY}9")


def test_a_managed_policy_is_named_by_its_arn(identities: Clouds) -> None:
    with pytest.raises(Refused, match=r"ValidationError: policyArn: .* must be a policy's ARN"):
        identities.create(ATTACHMENT, "short", role="node", policyArn="AmazonSSMManagedInstanceCore")


def test_a_role_goes_after_its_policies_and_profiles(identities: Clouds) -> None:
    identities.create(ROLE_POLICY, "own", role="node", policy=policy(READ))
    identities.create(PROFILE, "profile", role="node")
    for name in ("core", "own", "profile"):
        with pytest.raises(Refused, match=r"DeleteConflict: node is in use by aws:iam/"):
            identities.delete("role")
        identities.delete(name)
    identities.delete("role")


def test_a_profile_has_a_name_of_its_own_and_a_role_that_exists(identities: Clouds) -> None:
    identities.create(PROFILE, "first", role="node", name="profile")
    with pytest.raises(Refused, match=r"EntityAlreadyExists: Instance Profile with name profile already exists"):
        identities.create(PROFILE, "second", role="node", name="profile")
    with pytest.raises(Refused, match=r"NoSuchEntity: role: 'nobody'"):
        identities.create(PROFILE, "third", role="nobody")

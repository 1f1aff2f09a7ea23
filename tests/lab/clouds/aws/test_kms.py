"""What KMS refuses of keys and aliases."""

from __future__ import annotations

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import Case, Clouds, case, refused
from tests.lab.clouds.standing import ALIAS, KEY, policy

OWNER = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
LOCKED_OUT = {**OWNER, "Principal": {"AWS": "arn:aws:iam::123456789012:role/router"}}


@pytest.mark.parametrize(
    "row",
    [
        case("it waits at least a week", "ValidationException", "from 7 to 30", deletionWindowInDays=6),
        case("it waits at most 30 days", "ValidationException", "from 7 to 30", deletionWindowInDays=31),
        case("its policy is json", "MalformedPolicyDocumentException", "JSON object", policy="[]"),
        case("its policy can be changed", "MalformedPolicyDocumentException", "update the key policy in the future",
             policy=policy(LOCKED_OUT)),
        case("its owner may more than decrypt", "MalformedPolicyDocumentException", "kms:PutKeyPolicy",
             policy=policy({**OWNER, "Action": ["kms:Decrypt"]})),
    ],
)  # fmt: skip
def test_a_key(clouds: Clouds, row: Case) -> None:
    refused(clouds, KEY, {"deletionWindowInDays": 30, "policy": policy(OWNER)}, row)


@pytest.mark.parametrize(
    "row",
    [
        case("its name begins with alias", "ValidationException", "alias/NAME", name="bundles"),
        case("its name is not of aws", "ValidationException", "not alias/aws/", name="alias/aws/s3"),
        case("its name is free", "AlreadyExistsException", "alias/taken exists", name="alias/taken"),
        case("its key exists", "NotFoundException", "no resource has it", targetKeyId="0"),
    ],
)
def test_an_alias(identities: Clouds, row: Case) -> None:
    identities.create(ALIAS, "taken", name="alias/taken", targetKeyId="$key")
    refused(identities, ALIAS, {"name": "alias/bundles", "targetKeyId": "$key"}, row)


def test_an_alias_without_a_name_gets_one_and_goes_with_its_key(identities: Clouds) -> None:
    assert identities.create(ALIAS, "unnamed", targetKeyId="$key").id.startswith("alias/unnamed-")
    identities.delete("key")

    assert identities.store.of(ALIAS) == []


def test_a_key_policy_that_would_lock_its_owner_out_is_refused_at_an_update_too(identities: Clouds) -> None:
    with pytest.raises(Refused, match=r"MalformedPolicyDocumentException"):
        identities.update("key", policy=policy(LOCKED_OUT))

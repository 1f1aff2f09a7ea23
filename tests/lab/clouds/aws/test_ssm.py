"""What Systems Manager refuses of parameters, activations and associations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lab.clouds.kind import Refused
from tests.lab.clouds.cloud import LEFT_OUT, Case, Clouds, case, refused
from tests.lab.clouds.standing import ACTIVATION, ASSOCIATION, PARAMETER, ROLE, trust

PATH = "/flets-to-vpc/t/aws-a"
POINTER = {"name": f"{PATH}/bundle", "type": "String", "value": "x"}
APPLY = {
    "name": "AWS-RunShellScript", "parameters": {"commands": "flets-to-vpc apply"},
    "targets": [{"key": "tag:flets-to-vpc:router", "values": ["aws-a"]}],
}  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        case("it is never overwritten unasked", "ParameterAlreadyExists", "never overwritten", name=f"{PATH}/taken"),
        case("its name is not of aws", "ValidationException", "neither aws nor ssm", name="/AWS/x"),
        case("its name is not of ssm", "ValidationException", "neither aws nor ssm", name="ssm-x"),
        case("its name is plain", "ValidationException", "letters, digits", name=f"{PATH}/a b"),
        case("its path begins with a slash", "ValidationException", "fully qualified", name="a/b"),
        case("its path has 15 levels", "HierarchyLevelLimitExceededException", "at most 15 levels", name="/x" * 16),
        case("a standard value is 4096 bytes", "ValidationException", "maximum parameter value of 4096",
             value="é" * 2049),
        case("an advanced value is 8192 bytes", "ValidationException", "maximum parameter value of 8192",
             value="x" * 8193, tier="Advanced"),
        case("a value is not empty", "ValidationException", "at least one character", value=""),
        case("a value refers to no other", "ValidationException", "{{ }}", value="{{ssm:/other}}"),
        case("it has a value", "ValidationException", "exactly one of value", value=LEFT_OUT),
        case("it has one value", "ValidationException", "exactly one of value", insecureValue="x"),
        case("a key is for secure strings", "ValidationException", "SecureString parameters only", keyId="$key"),
        case("its key exists", "InvalidKeyId", "no resource has it", type="SecureString", keyId="0"),
        case("its type is one", "ValidationException", "String, StringList, SecureString", type="Secret"),
        case("its tier is one", "ValidationException", "must be one of", tier="Cheap"),
        case("its description is short", "ValidationException", "0 to 1024 characters", description="x" * 1025),
    ],
)  # fmt: skip
def test_a_parameter(identities: Clouds, row: Case) -> None:
    identities.create(PARAMETER, "taken", **{**POINTER, "name": f"{PATH}/taken"})
    refused(identities, PARAMETER, POINTER, row)


def test_a_parameter_is_overwritten_when_asked_and_never_loses_its_tier(identities: Clouds) -> None:
    identities.create(PARAMETER, "first", **POINTER, tier="Advanced")
    identities.create(PARAMETER, "second", **POINTER, overwrite=True)
    with pytest.raises(Refused, match=r"ValidationException: .* You can't downgrade it"):
        identities.update("first", tier="Standard")


@pytest.mark.parametrize(
    "row",
    [
        case("its role exists", "ValidationException", "no resource has it", iamRole="nobody"),
        case("its role trusts systems manager", "ValidationException", "missing ssm service principal",
             iamRole="machine"),
        case("its role has the core policy", "ValidationException", "AmazonSSMManagedInstanceCore", iamRole="bare"),
        case("it registers a machine", "ValidationException", "from 1 to 1000", registrationLimit=0),
        case("it registers at most 1000", "ValidationException", "from 1 to 1000", registrationLimit=1001),
        case("its date is to come", "ValidationException", "within the next 30 days",
             expirationDate="2020-01-01T00:00:00Z"),
        case("its date is near", "ValidationException", "within the next 30 days",
             expirationDate="2090-01-01T00:00:00Z"),
        case("its date is one", "ValidationException", "no RFC 3339 time", expirationDate="tomorrow"),
    ],
)  # fmt: skip
def test_an_activation(identities: Clouds, row: Case) -> None:
    identities.create(ROLE, "machine", name="machine", assumeRolePolicy=trust("ec2.amazonaws.com"))
    identities.create(ROLE, "bare", name="bare", assumeRolePolicy=trust("ssm.amazonaws.com"))
    refused(identities, ACTIVATION, {"iamRole": "node"}, row)


def test_an_activation_without_a_date_ends_in_a_day(identities: Clouds) -> None:
    made = identities.create(ACTIVATION, "activation", iamRole="node")
    ends = datetime.fromisoformat(made.outputs["expirationDate"])

    assert timedelta(hours=23) < ends - datetime.now(UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    "row",
    [
        case("the script has commands", "InvalidParameters", "commands is required", parameters={}),
        case("the script knows its parameters", "InvalidParameters", "stated: command",
             parameters={"command": "true"}),
        case("its document is known", "ValidationException", "one of AWS-RunShellScript", name="AWS-Other"),
        case("a target is a tag", "InvalidTarget", "neither tag:NAME", targets=[{"key": "Name", "values": ["x"]}]),
        case("a target has a value", "ValidationException", "at least 1", targets=[{"key": "tag:x", "values": []}]),
        case("targets are at most five", "ValidationException", "at most 5",
             targets=[{"key": "tag:x", "values": ["y"]}] * 6),
        case("concurrency is a number or a share", "ValidationException", "must match", maxConcurrency="all"),
    ],
)  # fmt: skip
def test_an_association(identities: Clouds, row: Case) -> None:
    refused(identities, ASSOCIATION, APPLY, row)

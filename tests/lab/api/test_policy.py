from __future__ import annotations

import pytest

from lab.api.policy import Decision, decide, decide_of_resource, trusts

ACTION, RESOURCE = "ssm:GetParameter", "arn:aws:ssm:ap-northeast-1:1:parameter/stack/aws-a/key"


def allow(**changes: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": ACTION, "Resource": RESOURCE, **changes}


def says(
    *statements: dict[str, object],
    context: dict[str, str] | None = None,
    action: str = ACTION,
    resource: str = RESOURCE,
) -> Decision:
    return decide([{"Statement": list(statements)}], action, resource, context or {})


def test_nothing_is_allowed_that_no_statement_allows() -> None:
    assert says() is Decision.NOT_ALLOWED


def test_a_matching_allow_allows() -> None:
    assert says(allow()) is Decision.ALLOWED


def test_a_single_statement_needs_no_list() -> None:
    assert decide([{"Statement": allow()}], ACTION, RESOURCE, {}) is Decision.ALLOWED


def test_a_deny_beats_an_allow_in_either_order() -> None:
    deny = allow(Effect="Deny", Resource="*")

    assert says(allow(), deny) is Decision.DENIED
    assert says(deny, allow()) is Decision.DENIED


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("ssm:*", True),
        ("ssm:getparameter", True),
        ("ssm:GetParameters", False),
        ("ssm:Get?arameter", True),
        ("s3:*", False),
        ("*", True),
    ],
)
def test_actions_match_by_wildcard_and_without_case(pattern: str, matches: bool) -> None:
    assert (says(allow(Action=[pattern])) is Decision.ALLOWED) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (RESOURCE.replace("key", "*"), True),
        (RESOURCE.replace("aws-a", "aws-b"), False),
        (RESOURCE.upper(), False),
        (RESOURCE.replace("stack", "st.ck"), False),
    ],
)
def test_resources_match_by_wildcard_with_case_and_dots_are_dots(pattern: str, matches: bool) -> None:
    assert (says(allow(Resource=pattern)) is Decision.ALLOWED) is matches


def test_not_action_and_not_resource_are_the_opposite() -> None:
    assert says(allow(NotAction="s3:*") | {"Action": None}, context={}) is Decision.ALLOWED
    assert says({"Effect": "Allow", "Action": "*", "NotResource": RESOURCE}) is Decision.NOT_ALLOWED


@pytest.mark.parametrize(
    ("operator", "wanted", "matches"),
    [
        ("StringEquals", "ssm.amazonaws.com", True),
        ("StringEquals", ["other", "ssm.amazonaws.com"], True),
        ("StringEquals", "ssm.*", False),
        ("StringLike", "ssm.*", True),
        ("StringNotEquals", "ssm.amazonaws.com", False),
        ("StringNotLike", "s3.*", True),
        ("ForAnyValue:StringEquals", "ssm.amazonaws.com", True),
    ],
)
def test_string_conditions(operator: str, wanted: object, matches: bool) -> None:
    decision = says(
        allow(Condition={operator: {"kms:ViaService": wanted}}), context={"kms:viaservice": "ssm.amazonaws.com"}
    )

    assert (decision is Decision.ALLOWED) is matches


def test_a_missing_key_fails_a_positive_condition_and_passes_if_exists() -> None:
    assert says(allow(Condition={"StringEquals": {"kms:ViaService": "x"}})) is Decision.NOT_ALLOWED
    assert says(allow(Condition={"StringEqualsIfExists": {"kms:ViaService": "x"}})) is Decision.ALLOWED
    assert says(allow(Condition={"StringNotEquals": {"kms:ViaService": "x"}})) is Decision.ALLOWED


def test_null_asks_whether_a_key_is_there() -> None:
    assert says(allow(Condition={"Null": {"aws:SourceIp": "true"}})) is Decision.ALLOWED
    assert (
        says(allow(Condition={"Null": {"aws:SourceIp": True}}), context={"aws:sourceip": "1"}) is Decision.NOT_ALLOWED
    )


def test_an_unknown_operator_never_grants_and_never_lifts_a_deny() -> None:
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": "5"}}

    assert says(allow(Condition=condition)) is Decision.NOT_ALLOWED
    assert says(allow(), allow(Effect="Deny", Condition=condition)) is Decision.DENIED


def test_a_deny_of_plain_http_spares_tls() -> None:
    deny = allow(Effect="Deny", Condition={"Bool": {"aws:SecureTransport": False}})

    assert says(allow(), deny, context={"aws:securetransport": "true"}) is Decision.ALLOWED
    assert says(allow(), deny, context={"aws:securetransport": "false"}) is Decision.DENIED


def test_addresses_are_compared_as_networks() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}

    assert says(allow(Condition=condition), context={"aws:sourceip": "203.0.113.9"}) is Decision.ALLOWED
    assert says(allow(Condition=condition), context={"aws:sourceip": "192.0.2.9"}) is Decision.NOT_ALLOWED


def test_policy_variables_are_put_in_and_unknown_ones_match_nothing() -> None:
    resource = "arn:aws:ssm:ap-northeast-1:1:parameter/stack/${aws:PrincipalTag/router}/key"

    assert says(allow(Resource=resource), context={"aws:principaltag/router": "aws-a"}) is Decision.ALLOWED
    assert says(allow(Resource=resource), context={"aws:principaltag/router": "*"}) is Decision.NOT_ALLOWED
    assert says(allow(Resource=resource)) is Decision.NOT_ALLOWED


def test_a_resource_policy_speaks_only_to_the_principals_it_names() -> None:
    statement = allow(Principal={"AWS": "arn:aws:iam::1:role/aws-a"})

    def found(principal: str) -> Decision:
        return decide_of_resource({"Statement": [statement]}, ACTION, RESOURCE, {}, frozenset({principal}))

    assert found("arn:aws:iam::1:role/aws-a") is Decision.ALLOWED
    assert found("arn:aws:iam::1:role/aws-b") is Decision.NOT_ALLOWED


def test_a_trust_policy_names_the_service_and_its_conditions_must_hold() -> None:
    trust = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "1"}},
        }
    }

    assert trusts(trust, "ssm.amazonaws.com", {"aws:sourceaccount": "1"})
    assert not trusts(trust, "ssm.amazonaws.com", {"aws:sourceaccount": "2"})
    assert not trusts(trust, "ec2.amazonaws.com", {"aws:sourceaccount": "1"})

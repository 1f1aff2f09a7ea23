"""Systems Manager: parameters, hybrid activations and associations."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, TAGS, arn, uuid
from lab.clouds.aws.iam import ATTACHMENT, ROLE
from lab.clouds.aws.kms import KEY
from lab.clouds.declaration import Tie, flag, listing, record, refers_to, tags, text, texts, whole
from lab.clouds.kind import AutomaticName, Kind, Proposal, Refusals, Refused, named
from lab.clouds.schema import Schema

PARAMETER = "aws:ssm/parameter:Parameter"
ACTIVATION = "aws:ssm/activation:Activation"
ASSOCIATION = "aws:ssm/association:Association"

_VALUE_BYTES = {"Standard": 4096, "Advanced": 8192, "Intelligent-Tiering": 8192}
_LEVELS = 15
_DEFAULT_LIFE, _LONGEST_LIFE = timedelta(days=1), timedelta(days=30)
"""Of an activation."""
_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_TARGET_KEYS = {"InstanceIds", "ParameterValues"}
_CORE_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def _parameter_is_new(parameter: Proposal) -> Refusals:
    for other in parameter.others(PARAMETER):
        if other.inputs["name"] == parameter.inputs["name"] and not parameter.inputs.get("overwrite"):
            yield Refused(
                "ParameterAlreadyExists", f"{parameter.inputs['name']} exists; it is never overwritten unasked"
            )


def _name_fits(parameter: Proposal) -> Refusals:
    levels = [level for level in parameter.inputs["name"].split("/") if level]
    if len(levels) > _LEVELS:
        rule = f"a hierarchy has at most {_LEVELS} levels, {parameter.inputs['name']} has {len(levels)}"
        yield Refused("HierarchyLevelLimitExceededException", rule)
    if len(levels) > 1 and not parameter.inputs["name"].startswith("/"):
        yield Refused("ValidationException", "Parameter name must be a fully qualified name: begin it with /")


def _value_fits(parameter: Proposal) -> Refusals:
    stated = [name for name in ("value", "insecureValue") if name in parameter.inputs]
    if len(stated) != 1:
        yield Refused("ValidationException", "state exactly one of value and insecureValue")
        return
    value, tier = str(parameter.inputs[stated[0]]), parameter.inputs.get("tier", "Standard")
    if len(value.encode()) > _VALUE_BYTES[tier]:
        rule = f"{tier} tier parameters support a maximum parameter value of {_VALUE_BYTES[tier]} characters"
        yield Refused("ValidationException", rule)
    if not value:
        yield Refused("ValidationException", "a parameter's value has at least one character")
    if "{{" in value and "}}" in value:
        yield Refused("ValidationException", "a value may not refer to other parameters by {{ }}")
    if stated == ["insecureValue"] and parameter.inputs["type"] == "SecureString":
        yield Refused("ValidationException", "a SecureString takes value, not insecureValue")


def _key_is_for_secure_strings(parameter: Proposal) -> Refusals:
    if parameter.inputs.get("keyId") and parameter.inputs["type"] != "SecureString":
        yield Refused("ValidationException", "keyId is for SecureString parameters only")


def _tier_never_falls(parameter: Proposal) -> Refusals:
    before = parameter.old.inputs.get("tier") if parameter.old else None
    if before == "Advanced" and parameter.inputs.get("tier", "Standard") == "Standard":
        rule = "This parameter uses the advanced-parameter tier. You can't downgrade it to the standard-parameter tier"
        yield Refused("ValidationException", f"{rule}; delete it and create it anew")


def _parameter_outputs(parameter: Proposal) -> dict[str, Any]:
    name = parameter.inputs["name"]
    version = parameter.old.outputs["version"] + 1 if parameter.old else 1
    resource = f"parameter{name}" if name.startswith("/") else f"parameter/{name}"
    return {"arn": arn("ssm", parameter.place, resource), "version": version}


def _expiry_is_near(activation: Proposal) -> Refusals:
    stated = activation.inputs.get("expirationDate")
    if stated is None or activation.old is not None:
        return
    try:
        date = datetime.fromisoformat(stated)
    except ValueError:
        yield Refused("ValidationException", f"{stated} is no RFC 3339 time such as 2027-01-31T00:00:00Z")
        return
    now = datetime.now(UTC)
    if not now < (date if date.tzinfo else date.replace(tzinfo=UTC)) <= now + _LONGEST_LIFE:
        yield Refused("ValidationException", f"{stated} must be within the next {_LONGEST_LIFE.days} days")


def _activation_outputs(activation: Proposal) -> dict[str, Any]:
    day_from_now = (datetime.now(UTC) + _DEFAULT_LIFE).strftime(_STAMP)
    return {
        "activationCode": activation.kept("activationCode", lambda: activation.digits(20, "activation code")),
        "expirationDate": activation.inputs.get("expirationDate")
        or activation.kept("expirationDate", lambda: day_from_now),
        "expired": False,
        "registrationCount": 0,
    }


def _target_is_one(association: Proposal) -> Refusals:
    for target in association.inputs.get("targets", []):
        if not target["key"].startswith(("tag:", "resource-groups:")) and target["key"] not in _TARGET_KEYS:
            rule = f"target key {target['key']} is neither tag:NAME nor one of {', '.join(sorted(_TARGET_KEYS))}"
            yield Refused("InvalidTarget", rule)


def _script_has_commands(association: Proposal) -> Refusals:
    known = {"commands", "workingDirectory", "executionTimeout"}
    stated = {*association.inputs.get("parameters", {})}
    if "commands" not in stated or stated - known:
        rule = f"AWS-RunShellScript takes {', '.join(sorted(known))}, of which commands is required"
        yield Refused("InvalidParameters", f"{rule}; stated: {', '.join(sorted(stated)) or 'none'}")


def _role_serves_ssm(activation: Proposal) -> Refusals:
    role = next(r for r in activation.others(ROLE) if r.inputs["name"] == activation.inputs["iamRole"])
    trust = json.dumps(json.loads(role.inputs["assumeRolePolicy"]))
    attached = {a.inputs["policyArn"] for a in activation.others(ATTACHMENT) if a.inputs["role"] == role.inputs["name"]}
    if "ssm.amazonaws.com" not in trust or _CORE_POLICY not in attached:
        rule = f"Nonexistent role or missing ssm service principal in trust policy: {role.inputs['name']}"
        yield Refused("ValidationException", f"{rule}; it must trust ssm.amazonaws.com and have {_CORE_POLICY}")


KINDS = (
    Kind(
        type=PARAMETER,
        inputs={
            **REGIONAL,
            "name": text(
                pattern=r"(?!/?(?i:aws|ssm))[\w./-]{1,1011}",
                meaning="a name of letters, digits and ./_- that begins with neither aws nor ssm",
                replaces=True,
            ),
            "type": text("String", "StringList", "SecureString", required=True, replaces=True),
            "value": text(),
            "insecureValue": text(),
            "keyId": refers_to(KEY, by=("id", "arn"), absent="InvalidKeyId", tie=Tie.LOOSE),
            "tier": text(),
            "description": text(),
            "overwrite": flag(),
        },
        schema=Schema(
            "AWS::SSM::Parameter",
            not_alike={
                "type": "CloudFormation has no SecureString; a type never changes (HierarchyTypeMismatchException)"
            },
        ),
        malformed="ValidationException",
        automatic_name=AutomaticName(property="name", most=1011),
        identify=named("name"),
        outputs=_parameter_outputs,
        rules=(
            _parameter_is_new,
            _name_fits,
            _value_fits,
            _key_is_for_secure_strings,
            _tier_never_falls,
        ),
        volatile=frozenset({"version"}),
        secret_outputs=frozenset({"value"}),
    ),
    Kind(
        type=ACTIVATION,
        inputs={
            **REGIONAL,
            "tags": tags(replaces=True),
            "iamRole": refers_to(
                ROLE, by=("name",), absent="ValidationException", required=True, replaces=True, tie=Tie.LOOSE
            ),
            "registrationLimit": whole(1, 1000, default=1, replaces=True),
            "description": text(most=256, replaces=True),
            "name": text(most=256, replaces=True),
            "expirationDate": text(replaces=True),
        },
        malformed="ValidationException",
        identify=uuid,
        outputs=_activation_outputs,
        rules=(_role_serves_ssm, _expiry_is_near),
        hidden_outputs=frozenset({"activationCode"}),
    ),
    Kind(
        type=ASSOCIATION,
        inputs={
            **REGION_ONLY,
            "name": text("AWS-RunShellScript", replaces=True),
            "associationName": text(),
            "parameters": texts(),
            "targets": listing(
                record({"key": text(required=True), "values": listing(text(), least=1, most=50, required=True)}),
                least=1,
            ),
            "scheduleExpression": text(),
            "applyOnlyAtCronInterval": flag(),
            "maxConcurrency": text(),
            "maxErrors": text(),
            "tags": TAGS,
        },
        schema=Schema(
            "AWS::SSM::Association",
            not_alike={
                "name": "the provider replaces the association with its document",
                "parameters": "lists in CloudFormation, strings in the provider",
            },
        ),
        malformed="ValidationException",
        identify=uuid,
        rules=(_script_has_commands, _target_is_one),
        outputs=lambda it: {"associationId": it.id, "arn": arn("ssm", it.place, f"association/{it.id}")},
    ),
)

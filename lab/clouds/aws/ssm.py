"""Systems Manager: parameters, hybrid activations and associations."""

from __future__ import annotations

import json
from typing import Any

from lab.clouds.aws.account import REGION_ONLY, REGIONAL, arn
from lab.clouds.aws.iam import ATTACHMENT, ROLE
from lab.clouds.aws.kms import KEY
from lab.clouds.declaration import flag, listing, record, refers_to, text, texts, whole
from lab.clouds.kind import Kind, Proposal, Refusals, Refused, named

PARAMETER = "aws:ssm/parameter:Parameter"
ACTIVATION = "aws:ssm/activation:Activation"
ASSOCIATION = "aws:ssm/association:Association"

_STANDARD_BYTES = 4096
_CORE_POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def _parameter_is_new(parameter: Proposal) -> Refusals:
    for other in parameter.others(PARAMETER):
        if other.inputs["name"] == parameter.inputs["name"] and not parameter.inputs.get("overwrite"):
            yield Refused(
                "ParameterAlreadyExists", f"{parameter.inputs['name']} exists; it is never overwritten unasked"
            )


def _value_fits(parameter: Proposal) -> Refusals:
    if parameter.inputs.get("tier", "Standard") == "Standard" and len(parameter.inputs["value"]) > _STANDARD_BYTES:
        yield Refused("ValidationException", f"a standard parameter holds at most {_STANDARD_BYTES} characters")
    if parameter.inputs.get("keyId") and parameter.inputs["type"] != "SecureString":
        yield Refused("ValidationException", "keyId is for SecureString parameters only")


def _parameter_outputs(parameter: Proposal) -> dict[str, Any]:
    name = parameter.inputs["name"]
    version = parameter.old.outputs["version"] + 1 if parameter.old else 1
    resource = f"parameter{name}" if name.startswith("/") else f"parameter/{name}"
    return {"arn": arn("ssm", parameter.place, resource), "version": version}


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
                required=True,
                replaces=True,
            ),
            "type": text("String", "StringList", "SecureString", required=True, replaces=True),
            "value": text(required=True),
            "keyId": refers_to(KEY, by=("id", "arn"), absent="InvalidKeyId"),
            "tier": text("Standard", "Advanced", "Intelligent-Tiering"),
            "description": text(most=1024),
            "overwrite": flag(),
        },
        identify=named("name"),
        outputs=_parameter_outputs,
        rules=(_parameter_is_new, _value_fits),
        volatile=frozenset({"version"}),
        secret_outputs=frozenset({"value"}),
    ),
    Kind(
        type=ACTIVATION,
        inputs={
            **REGIONAL,
            "tags": texts(replaces=True),
            "iamRole": refers_to(ROLE, by=("name",), absent="ValidationException", required=True, replaces=True),
            "registrationLimit": whole(1, 1000, default=1, replaces=True),
            "description": text(most=256, replaces=True),
            "name": text(most=256, replaces=True),
            "expirationDate": text(replaces=True),
        },
        identify=lambda it: (
            f"{it.digits(8)}-{it.digits(4, '2')}-4{it.digits(3, '3')}-8{it.digits(3, '4')}-{it.digits(12, '5')}"
        ),
        outputs=lambda it: {
            "activationCode": it.kept("activationCode", lambda: it.digits(20, "activation code")),
            "expired": False,
            "registrationCount": 0,
        },
        rules=(_role_serves_ssm,),
        hidden_outputs=frozenset({"activationCode"}),
    ),
    Kind(
        type=ASSOCIATION,
        inputs={
            **REGION_ONLY,
            "name": text("AWS-RunShellScript", required=True, replaces=True),
            "associationName": text(most=128),
            "parameters": texts(),
            "targets": listing(
                record({"key": text(required=True), "values": listing(text(), least=1, required=True)}), least=1, most=5
            ),
            "scheduleExpression": text(),
            "applyOnlyAtCronInterval": flag(),
            "maxConcurrency": text(),
            "maxErrors": text(),
            "tags": texts(),
        },
        identify=lambda it: (
            f"{it.digits(8)}-{it.digits(4, '2')}-4{it.digits(3, '3')}-8{it.digits(3, '4')}-{it.digits(12, '5')}"
        ),
        outputs=lambda it: {"associationId": it.id, "arn": arn("ssm", it.place, f"association/{it.id}")},
    ),
)

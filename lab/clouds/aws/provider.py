"""The AWS provider: its configuration, default tags and data sources."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from lab.clouds.aws import (
    auto_scaling,
    gateway_tables,
    iam,
    interfaces,
    kms,
    launch_templates,
    routing,
    s3,
    security_groups,
    ssm,
    transit_gateway,
    vpc,
)
from lab.clouds.aws.account import ACCOUNT_ID, TAGS, ZONES
from lab.clouds.declaration import field_flaws, listing, record, record_flaws, text
from lab.clouds.kind import Kind
from lab.clouds.provider import EmulatedProvider, Function
from lab.clouds.shapes import Flaw
from lab.clouds.unknown import UNKNOWN

_MODULES = (
    vpc,
    routing,
    security_groups,
    interfaces,
    transit_gateway,
    gateway_tables,
    iam,
    kms,
    s3,
    ssm,
    launch_templates,
    auto_scaling,
)

_CONFIG = {
    "region": text(*ZONES, required=True),
    "version": text(),
    "defaultTags": record({"tags": TAGS}),
    "allowedAccountIds": listing(text(pattern=r"\d{12}", meaning="an account number of 12 digits")),
    "skipCredentialsValidation": text("true", "false"),
    "skipRegionValidation": text("true", "false"),
}


def _caller_identity(provider: EmulatedProvider, arguments: dict[str, Any]) -> dict[str, Any]:
    user = "AIDALAB0000000000000"
    arn = f"arn:aws:iam::{ACCOUNT_ID}:user/lab"
    return {"accountId": ACCOUNT_ID, "arn": arn, "id": ACCOUNT_ID, "userId": user}


class AwsProvider(EmulatedProvider):
    """Emulates pulumi-aws 7 on one account."""

    package = "aws"
    version = "7.51.1"
    kinds: ClassVar[Mapping[str, Kind]] = {kind.type: kind for module in _MODULES for kind in module.KINDS}
    functions: ClassVar[Mapping[str, Function]] = {"aws:index/getCallerIdentity:getCallerIdentity": _caller_identity}

    def config_flaws(self, config: dict[str, Any]) -> Iterator[Flaw]:
        """Also the account guard, which the real provider checks with its first call."""
        decoded = _decoded(config)
        yield from record_flaws("", _CONFIG, decoded)
        allowed = decoded.get("allowedAccountIds", [ACCOUNT_ID])
        if allowed is not UNKNOWN and ACCOUNT_ID not in allowed:
            yield Flaw("allowedAccountIds", "AccountIDNotAllowed", f"AWS account ID not allowed: {ACCOUNT_ID}")

    def place(self, inputs: Mapping[str, Any]) -> str:
        """The region of a resource: its own or the provider's."""
        return str(inputs.get("region") or self.config["region"])

    def added_outputs(self, kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Every taggable resource carries the provider's default tags below its own."""
        added: dict[str, Any] = {"region": self.place(inputs)} if "region" in kind.inputs else {}
        if kind.inputs.get("tags") is TAGS:
            own = inputs.get("tags", {})
            defaults = _decoded(self.config).get("defaultTags", {}).get("tags", {})
            added["tagsAll"] = UNKNOWN if own is UNKNOWN else {**defaults, **own}
        return added


def _decoded(config: Mapping[str, Any]) -> dict[str, Any]:
    """Provider configuration arrives as strings, anything but a string as JSON."""
    return {key: _value(key, value) for key, value in config.items()}


def _value(key: str, value: Any) -> Any:
    if not isinstance(value, str) or not any(field_flaws(key, _CONFIG.get(key, text()), value)):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value

"""A machine outside AWS that Systems Manager manages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.managed_role import managed_role
from components.startup_note import startup_note


@dataclass(frozen=True, kw_only=True)
class SsmHybridNodeArgs:
    """Who the node is and what it may do."""

    region: str
    """AWS region that manages the node, `ap-northeast-1`."""
    account_id: pulumi.Input[str]
    """AWS account of the provider, 12 digits: Systems Manager takes the node's role on its behalf only."""
    disk: str
    """Names the machine's disk, such as `<archive id>/<rebuild number>`: a new disk needs a new activation, nothing
    else does."""
    policy: pulumi.Input[str] | None = None
    """IAM policy (JSON) of what the node may do beside being managed."""
    boot_object: pulumi.Input[str] | None = None
    """JSON for /etc/flets-to-vpc/boot.json, of a router of this program. No secret."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """The node gets them when it registers; AWS allows no change later (Activation is create-only)."""


class SsmHybridNode(pulumi.ComponentResource):
    """Lets exactly one machine register with Systems Manager, and gives it its role's credentials.

    Its activation is spent by one registration, or unused after a day (CreateActivation, ExpirationDate).
    A machine whose disk is renewed registers as a new node; deregistering the old one is left to its operator.
    """

    startup_note: pulumi.Output[str]
    """Shell script for the machine's first boot: it registers the node. Secret, for it holds the activation code."""
    activation_id: pulumi.Output[str]
    """The activation: the node's `ActivationId` in Systems Manager."""

    def __init__(self, name: str, args: SsmHybridNodeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:SsmHybridNode", name, None, opts)
        self._name, self._args = name, args
        activation = self._activation()
        self.activation_id = activation.id
        note = pulumi.Output.all(
            activation_id=activation.id, activation_code=activation.activation_code, boot_object=args.boot_object
        ).apply(lambda known: startup_note(region=args.region, **known))
        self.startup_note = pulumi.Output.secret(note)
        self.register_outputs({"activation_id": self.activation_id, "startup_note": self.startup_note})

    def _activation(self) -> aws.ssm.Activation:
        """The code of an activation is spent by one registration; unset, its expiration date is a day from now.

        A date computed here would differ in every preview.
        """
        role, rights = managed_role(
            self._name,
            trust=pulumi.Output.from_input(self._args.account_id).apply(self._trust),
            policy=self._args.policy,
            description=f"SSM hybrid node {self._name}",
            label=self._name,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.ssm.Activation(
            self._name,
            iam_role=role.name,
            registration_limit=1,
            description=self._args.disk,
            tags=dict(self._args.tags),
            opts=pulumi.ResourceOptions(
                parent=self,
                # SSM refuses a role that it cannot assume yet.
                depends_on=rights,
                additional_secret_outputs=["activation_code"],
                replace_on_changes=["description"],
                # All three change when the node registers or a day has passed; none may renew a spent activation.
                ignore_changes=["tags", "expired", "registration_count"],
            ),
        )

    def _trust(self, account_id: str) -> str:
        """Trust Systems Manager on behalf of this account and region only."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "ssm.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": account_id},
                "ArnEquals": {"aws:SourceArn": f"arn:aws:ssm:{self._args.region}:{account_id}:*"},
            },
        }
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

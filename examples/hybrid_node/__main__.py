"""A hybrid node alone: a machine outside AWS, managed by Systems Manager without an inbound port."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components import SsmHybridNode, SsmHybridNodeArgs

args = SsmHybridNodeArgs(
    region=pulumi.Config("aws").require("region"),
    account_id=aws.get_caller_identity_output().account_id,
    disk=f"warehouse/{pulumi.Config().require_int('disk')}",
    tags={"place": "warehouse"},
)
node = SsmHybridNode("warehouse", args)

pulumi.export("activation_id", node.activation_id)
pulumi.export("startup_note", node.startup_note)

"""The IAM role of a machine that Systems Manager manages."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def managed_role(
    name: str,
    *,
    trust: pulumi.Input[str],
    policy: pulumi.Input[str] | None,
    description: str,
    label: str,
    opts: pulumi.ResourceOptions,
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """Make a role for whom `trust` (JSON) names, managed, with the rights of `policy` (JSON) if there is one.

    Returns the role, and what gives it its rights: whatever takes the role has to wait for these.
    """
    role = aws.iam.Role(name, assume_role_policy=trust, description=description, tags={"Name": label}, opts=opts)
    managed = aws.iam.RolePolicyAttachment(
        name, role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", opts=opts
    )
    rights: list[pulumi.Resource] = [managed]
    if policy is not None:
        rights.append(aws.iam.RolePolicy(name, role=role.name, policy=policy, opts=opts))
    return role, rights

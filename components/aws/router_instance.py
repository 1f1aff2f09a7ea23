"""A disposable EC2 machine behind a fixed network interface."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.managed_role import managed_role

DRAIN_TIMEOUT_S = 900
"""How long a router may drain before it is terminated anyway."""

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)


@dataclass(frozen=True, kw_only=True)
class RouterInstanceArgs:
    """What the machine boots from, and the identity it takes on."""

    router: str
    zone: str
    """Full name of the availability zone (`ap-northeast-1a`): that of the network interface."""
    image_id: pulumi.Input[str]
    instance_type: str
    network_interface_id: pulumi.Input[str]
    """The fixed interface: whatever machine runs has its addresses."""
    boot_object: pulumi.Input[str]
    """JSON, the whole of the user data: where the router finds its bundle. No secret, no bundle content."""
    policy: pulumi.Input[str] | None
    """IAM policy (JSON) of what this router may do beside being managed."""
    tags: Mapping[str, str]
    """Of the machine and its volume."""
    after: Sequence[pulumi.Resource] = ()
    """What the machine needs from its first second: its Elastic IP, firewall rules."""


class RouterInstance(pulumi.ComponentResource):
    """Keeps exactly one machine of a router running, in an Auto Scaling group of size 1.

    The group names a zone and no subnet, as one with a fixed interface in its launch template must.
    Its old machine leaves before a new one comes, for both want the same interface.
    """

    def __init__(self, name: str, args: RouterInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:RouterInstance", name, None, opts)
        self._name, self._args = name, args
        profile, rights = self._profile()
        self._group(self._launch_template(profile), rights)
        self.register_outputs({})

    def _profile(self) -> tuple[aws.iam.InstanceProfile, list[pulumi.Resource]]:
        args, child = self._args, pulumi.ResourceOptions(parent=self)
        role, rights = managed_role(
            self._name,
            trust=TRUST,
            policy=args.policy,
            description=f"Router {args.router}",
            label=args.router,
            opts=child,
        )
        return aws.iam.InstanceProfile(self._name, role=role.name, opts=child), rights

    def _launch_template(self, profile: aws.iam.InstanceProfile) -> aws.ec2.LaunchTemplate:
        args = self._args
        return aws.ec2.LaunchTemplate(
            self._name,
            image_id=args.image_id,
            instance_type=args.instance_type,
            iam_instance_profile={"arn": profile.arn},
            # With a fixed interface, a security group or public address here would be refused.
            network_interfaces=[{"device_index": 0, "network_interface_id": args.network_interface_id}],
            metadata_options={"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1},
            block_device_mappings=[
                {"device_name": "/dev/xvda", "ebs": {"encrypted": "true", "volume_type": "gp3"}},
            ],
            user_data=pulumi.Output.from_input(args.boot_object).apply(_base64),
            tag_specifications=[{"resource_type": kind, "tags": dict(args.tags)} for kind in ("instance", "volume")],
            update_default_version=True,
            tags={"Name": args.router},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _group(self, template: aws.ec2.LaunchTemplate, rights: Sequence[pulumi.Resource]) -> None:
        args = self._args
        aws.autoscaling.Group(
            self._name,
            min_size=1,
            max_size=1,
            desired_capacity=1,
            availability_zones=[args.zone],
            # A refresh never starts for "$Latest".
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            health_check_type="EC2",
            instance_maintenance_policy={"min_healthy_percentage": 0, "max_healthy_percentage": 100},
            instance_refresh={
                "strategy": "Rolling",
                "preferences": {"min_healthy_percentage": 0, "max_healthy_percentage": 100},
            },
            initial_lifecycle_hooks=[
                {
                    "name": "drain",
                    "lifecycle_transition": "autoscaling:EC2_INSTANCE_TERMINATING",
                    "heartbeat_timeout": DRAIN_TIMEOUT_S,
                    "default_result": "CONTINUE",
                }
            ],
            tags=[{"key": key, "value": value, "propagate_at_launch": True} for key, value in args.tags.items()],
            # A second group's machine would find the interface in use.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[*args.after, *rights]),
        )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()

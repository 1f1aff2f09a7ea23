"""A router's bundle: its rendered files, the pointer to them, and the word that they are there."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components.bundle_store import BundleStore
from components.router_keys import RouterKeys
from render import Live, bundle, router_files
from topology.plan import Plan

VERSION_DIGITS = 12
"""Hexadecimal digits of the SHA-256 that name a bundle to people."""


@dataclass(frozen=True, kw_only=True)
class RouterBundleArgs:
    """What is rendered, and where it is put."""

    plan: Plan
    router: str
    addresses: Mapping[str, pulumi.Input[str]]
    """Public ones of every router, by name: known only to the clouds."""
    keys: RouterKeys
    """Public keys of every router; the router's own secret ones are there before its pointer is."""
    store: BundleStore
    """The bucket, and the path whose parameter `bundle` is the pointer."""
    tags: Mapping[str, str]
    """Tags that this router's machines, and no others, carry: all of them together name it to SSM."""


class _Content(TypedDict):
    """A bundle as it travels through Pulumi; an object given back as text would lose its bytes."""

    base64: str
    sha256: str


class RouterBundle(pulumi.ComponentResource):
    """Publishes one router's files: object, then pointer, then the command to apply them."""

    version: pulumi.Output[str]
    """First digits of the bundle's SHA-256: `bundle_version` in every report."""
    parameter_name: str
    """The pointer's name."""

    def __init__(self, name: str, args: RouterBundleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:RouterBundle", name, None, opts)
        self._name, self._args = name, args
        content = _content(args)
        digest = content.apply(lambda known: known["sha256"])
        self.version = digest.apply(lambda sha256: sha256[:VERSION_DIGITS])
        self.parameter_name = f"{args.store.parameter_paths[args.router]}/bundle"
        self._announce(self._point(self._store(content), digest))
        self.register_outputs({"version": self.version, "parameter_name": self.parameter_name})

    def _store(self, content: pulumi.Output[_Content]) -> aws.s3.BucketObjectv2:
        return aws.s3.BucketObjectv2(
            self._name,
            bucket=self._args.store.bucket,
            key=f"{self._args.router}/bundle.tar.gz",
            content_base64=content.apply(lambda known: known["base64"]),
            content_type="application/gzip",
            server_side_encryption="aws:kms",
            kms_key_id=self._args.store.encryption_key_arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._args.store]),
        )

    def _point(self, stored: aws.s3.BucketObjectv2, digest: pulumi.Output[str]) -> aws.ssm.Parameter:
        pointer = pulumi.Output.all(key=stored.key, version_id=stored.version_id, sha256=digest)
        return aws.ssm.Parameter(
            self._name,
            name=self.parameter_name,
            type="String",
            value=pointer.apply(lambda known: json.dumps({"schema": 1, **known}, sort_keys=True)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[stored, self._args.keys]),
        )

    def _announce(self, pointer: aws.ssm.Parameter) -> None:
        aws.ssm.Association(
            self._name,
            name="AWS-RunShellScript",
            parameters={"commands": pulumi.Output.concat("flets-to-vpc apply --bundle ", self.version)},
            targets=[{"key": f"tag:{key}", "values": [value]} for key, value in sorted(self._args.tags.items())],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[pointer]),
        )


def _content(args: RouterBundleArgs) -> pulumi.Output[_Content]:
    """Render and pack the files: the one place where what only the clouds know meets the plan."""

    # Pulumi carries only text as a mapping's key.
    keys = {
        router: {str(generation): key for generation, key in of.items()} for router, of in args.keys.public_keys.items()
    }

    def render(known: dict[str, Any]) -> _Content:
        public_keys = {
            router: {int(generation): key for generation, key in of.items()} for router, of in known["keys"].items()
        }
        live = Live(public_addresses=known["addresses"], public_keys=public_keys)
        packed = bundle(router_files(args.plan, args.router, live))
        return {"base64": base64.b64encode(packed).decode(), "sha256": hashlib.sha256(packed).hexdigest()}

    return pulumi.Output.all(addresses=args.addresses, keys=keys).apply(render)

"""Where routers' bundles and keys lie, and who may read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.router_policy import RouterReads, read_policy


@dataclass(frozen=True, kw_only=True)
class BundleStoreArgs:
    """Where the store is and whose bundles it holds."""

    region: str
    account_id: pulumi.Input[str]
    parameter_paths: Mapping[str, str]
    """Parameter Store path, by router."""
    protect: bool = False
    """Refuse to delete the encryption key, and the bucket while it holds bundles."""


class BundleStore(pulumi.ComponentResource):
    """Keeps bundles in a private, versioned bucket that is encrypted at rest and reached over TLS only."""

    bucket: pulumi.Output[str]
    """Name of the bucket; wait for the whole component before writing to it."""
    encryption_key_arn: pulumi.Output[str]
    """KMS key of bundles and SecureString parameters; rotated by AWS every year."""
    parameter_paths: Mapping[str, str]
    """As stated: Parameter Store path, by router."""
    boot_objects: Mapping[str, pulumi.Output[str]]
    """JSON that tells a booting router where its bundle is, by router. No secret."""
    read_policies: Mapping[str, pulumi.Output[str]]
    """IAM policies (JSON), by router: its own bundles, parameters and keys."""

    def __init__(self, name: str, args: BundleStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:BundleStore", name, None, opts)
        self._name, self._args = name, args
        key = aws.kms.Key(
            name,
            description="Bundles and keys of flets-to-vpc routers",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.encryption_key_arn = key.arn
        bucket = aws.s3.Bucket(
            name,
            force_destroy=not args.protect,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._guard(bucket)
        self.bucket = bucket.bucket
        self.parameter_paths = args.parameter_paths
        self.boot_objects = {router: self._boot_object(router) for router in args.parameter_paths}
        self.read_policies = {router: self._read_policy(router, bucket) for router in args.parameter_paths}
        self.register_outputs({"bucket": self.bucket, "encryption_key_arn": self.encryption_key_arn})

    def _boot_object(self, router: str) -> pulumi.Output[str]:
        path = self._args.parameter_paths[router]
        known = {"router": router, "region": self._args.region, "parameter_path": path}
        return self.bucket.apply(lambda bucket: json.dumps({**known, "bucket": bucket}, sort_keys=True))

    def _read_policy(self, router: str, bucket: aws.s3.Bucket) -> pulumi.Output[str]:
        region, path = self._args.region, self._args.parameter_paths[router]
        return pulumi.Output.all(
            account_id=self._args.account_id, bucket_arn=bucket.arn, encryption_key_arn=self.encryption_key_arn
        ).apply(
            lambda known: read_policy(
                RouterReads(region=region, parameter_path=path, object_prefix=router, **known),
            )
        )

    def _guard(self, bucket: aws.s3.Bucket) -> None:
        """Version, encrypt and close the bucket."""
        name, child = self._name, pulumi.ResourceOptions(parent=self)
        aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=child)
        aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.id,
            rules=[
                {
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms",
                        "kms_master_key_id": self.encryption_key_arn,
                    }
                }
            ],
            opts=child,
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        private = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        # S3 refuses two changes of a bucket's access at one moment.
        after = pulumi.ResourceOptions(parent=self, depends_on=[private])
        aws.s3.BucketPolicy(name, bucket=bucket.id, policy=bucket.arn.apply(_tls_only), opts=after)


def _tls_only(bucket_arn: str) -> str:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

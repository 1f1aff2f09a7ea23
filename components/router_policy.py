"""The IAM policy of one router: what it may read, by name, and the one parameter it may write."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RouterReads:
    """Everything a router reads in AWS."""

    region: str
    account_id: str
    parameter_path: str
    """`/flets-to-vpc/<stack>/<router>`: its bundle's pointer and its keys."""
    bucket_arn: str
    object_prefix: str
    """Its own objects in the bucket."""
    encryption_key_arn: str

    @property
    def parameters_arn(self) -> str:
        """The router's own parameters."""
        return f"arn:aws:ssm:{self.region}:{self.account_id}:parameter{self.parameter_path}/*"

    @property
    def lock_arn(self) -> str:
        """The pair's roll-out lock: routers of a pair share their path up to its last hyphen."""
        stack_path, _, router = self.parameter_path.rpartition("/")
        name = f"{stack_path}/roll-out-lock/{router.rpartition('-')[0]}"
        return f"arn:aws:ssm:{self.region}:{self.account_id}:parameter{name}"

    @property
    def objects_arn(self) -> str:
        """The router's own objects."""
        return f"{self.bucket_arn}/{self.object_prefix}/*"


def read_policy(reads: RouterReads) -> str:
    """IAM policy document (JSON).

    AmazonSSMManagedInstanceCore, which every node needs, lets it get every parameter of the account.
    The denial takes that back; the decryption statements, which name the path too, hold without it.
    """
    parameters = _allow("OwnParameters", ["ssm:GetParameter"], reads.parameters_arn)
    no_others = {
        "Sid": "NoOtherParameters",
        "Effect": "Deny",
        "Action": ["ssm:GetParameter*"],
        "NotResource": [reads.parameters_arn, reads.lock_arn],
    }
    lock = _allow("RollOutLock", ["ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"], reads.lock_arn)
    objects = _allow("OwnBundles", ["s3:GetObjectVersion"], reads.objects_arn)
    decrypt = [
        _decrypt("OwnKeys", reads, "ssm", {"kms:EncryptionContext:PARAMETER_ARN": reads.parameters_arn}),
        _decrypt("OwnBundlesContent", reads, "s3", {"kms:EncryptionContext:aws:s3:arn": reads.objects_arn}),
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [parameters, no_others, lock, objects, *decrypt]})


def _allow(sid: str, actions: list[str], resource: str) -> dict[str, object]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _decrypt(sid: str, reads: RouterReads, service: str, context: dict[str, str]) -> dict[str, object]:
    """Decrypt through one AWS service only, and only what that service encrypted under the router's own names."""
    return {
        **_allow(sid, ["kms:Decrypt"], reads.encryption_key_arn),
        "Condition": {
            "StringEquals": {"kms:ViaService": f"{service}.{reads.region}.amazonaws.com"},
            "StringLike": context,
        },
    }

"""Brings what the clouds hold into moto: buckets and object versions, parameters, keys.

Only what was deployed is touched: a parameter that a router wrote itself outlives a second `up`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.ssm.models import ssm_backends

from lab.api.deployed import ACCOUNT
from lab.api.hidden import reveal
from lab.clouds.store import Resource
from lab.clouds.view import Clouds


class Seeder:
    """Keeps moto equal to the deployed resources."""

    def __init__(self, region: str) -> None:
        self._ssm = ssm_backends[ACCOUNT][region]
        self._s3 = s3_backends[ACCOUNT]["aws"]
        self._kms = kms_backends[ACCOUNT][region]
        self._region = region
        self._parameters: dict[str, tuple[str, str]] = {}
        self._objects: dict[tuple[str, str], tuple[str, bytes]] = {}
        """Version and content, by bucket and key."""

    def seed(self, clouds: Clouds, secret: Callable[[str], str]) -> None:
        """Makes, changes and removes until moto holds what the clouds hold."""
        self._seed_keys(clouds)
        self._seed_buckets(clouds)
        self._seed_objects(clouds, secret)
        self._seed_parameters(clouds, secret)

    def written(self) -> list[str]:
        """Names of the parameters that no stack deployed: what routers wrote and have not deleted."""
        held = {parameter.name for parameter in self._ssm.describe_parameters([], [])}
        return sorted(held - set(self._parameters))

    def _seed_keys(self, clouds: Clouds) -> None:
        for key in clouds.of("aws:kms/key:Key"):
            key_id = str(key.outputs.get("keyId") or key.id)
            if key_id not in self._kms.keys:
                made = self._kms.create_key("", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", None)
                del self._kms.keys[made.id]
                made.id = key_id
                self._kms.keys[key_id] = made

    def _seed_buckets(self, clouds: Clouds) -> None:
        wanted = {str(b.outputs.get("bucket") or b.id) for b in clouds.of("aws:s3/bucket:Bucket")}
        for name in set(self._s3.buckets) - wanted:
            s3_backends.bucket_accounts.pop(name, None)
            del self._s3.buckets[name]
        for name in wanted - set(self._s3.buckets):
            self._s3.create_bucket(name, self._region)
        for setting in clouds.of("aws:s3/bucketVersioning:BucketVersioning"):
            status = (setting.outputs.get("versioningConfiguration") or {}).get("status")
            self._s3.buckets[str(setting.outputs["bucket"])].versioning_status = status

    def _seed_objects(self, clouds: Clouds, secret: Callable[[str], str]) -> None:
        wanted = {
            (str(o.outputs["bucket"]), str(o.outputs["key"])): o
            for o in clouds.of("aws:s3/bucketObjectv2:BucketObjectv2")
            if str(o.outputs["bucket"]) in self._s3.buckets
        }
        for bucket, key in set(self._objects) - set(wanted):
            if bucket in self._s3.buckets:
                self._s3.buckets[bucket].keys.pop(key)
            del self._objects[bucket, key]
        for (bucket, key), entry in wanted.items():
            version, content = str(entry.outputs.get("versionId") or ""), _content(entry.outputs, secret)
            known = self._objects.get((bucket, key))
            if known != (version, content):
                if known and known[0] == version:
                    self._s3.buckets[bucket].keys.pop(key)  # edited behind S3's back: the old content is gone
                self._put_object(bucket, key, version, content, entry.outputs)
                self._objects[bucket, key] = (version, content)

    def _put_object(self, bucket: str, key: str, version: str, content: bytes, outputs: Mapping[str, Any]) -> None:
        encryption = outputs.get("serverSideEncryption") or ("aws:kms" if outputs.get("kmsKeyId") else None)
        made = self._s3.put_object(bucket, key, content, encryption=encryption, kms_key_id=outputs.get("kmsKeyId"))
        if version and self._s3.buckets[bucket].is_versioned:
            made._version_id = version  # the clouds gave it out; moto would make one up

    def _seed_parameters(self, clouds: Clouds, secret: Callable[[str], str]) -> None:
        wanted = {str(p.outputs["name"]): p for p in clouds.of("aws:ssm/parameter:Parameter")}
        for name in set(self._parameters) - set(wanted):
            self._ssm.delete_parameter(name)
            del self._parameters[name]
        for name, parameter in wanted.items():
            value = parameter_value(parameter, secret)
            kind = str(parameter.outputs["type"])
            if self._parameters.get(name) == (kind, value):
                continue
            self._ssm.put_parameter(
                name=name,
                description=str(parameter.outputs.get("description") or ""),
                value=value,
                parameter_type=kind,
                allowed_pattern="",
                keyid=str(parameter.outputs.get("keyId") or ""),
                overwrite=name in self._parameters,
                tags=[],
                data_type="text",
                tier=str(parameter.outputs.get("tier") or "Standard"),
                policies=None,
            )
            self._parameters[name] = (kind, value)


def _content(outputs: Mapping[str, Any], secret: Callable[[str], str]) -> bytes:
    if outputs.get("contentBase64") is not None:
        return base64.b64decode(reveal(outputs["contentBase64"], secret))
    return reveal(outputs.get("content"), secret).encode()


def parameter_value(parameter: Resource, secret: Callable[[str], str]) -> str:
    """A parameter's value, which a program gives as `value` or as `insecureValue`."""
    value = parameter.outputs.get("value")
    return reveal(parameter.outputs.get("insecureValue") if value is None else value, secret)

"""Fetching what a router boots: pointer, bundle, keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from router.aws import Aws
from router.boot_object import BootObject
from router.bundle import Bundle, Pointer, open_bundle, parse_pointer
from router.errors import BundleError
from router.wireguard import check_key


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A bundle whose digest is right, and every key it names."""

    pointer: Pointer
    bundle: Bundle
    keys: Mapping[str, str]


def pointer(aws: Aws, boot: BootObject) -> Pointer:
    """What this router's pointer says now. Raises AwsError, BundleError."""
    return parse_pointer(aws.parameter(boot.region, f"{boot.parameter_path}/bundle"))


def everything(aws: Aws, boot: BootObject, pointed: Pointer) -> Fetched:
    """The bundle a pointer names, verified, with its keys. Raises AwsError, BundleError."""
    bundle = open_bundle(aws.object(boot.region, boot.bucket, pointed.key, pointed.version_id), pointed.sha256)
    if bundle.agent.router != boot.router:
        raise BundleError(f"bundle {bundle.version} is for {bundle.agent.router}, this router is {boot.router}")
    keys = {}
    for name in bundle.agent.key_names:
        keys[name] = aws.parameter(boot.region, f"{boot.parameter_path}/{name}")
        check_key(keys[name], f"parameter {boot.parameter_path}/{name}")
    return Fetched(pointer=pointed, bundle=bundle, keys=keys)

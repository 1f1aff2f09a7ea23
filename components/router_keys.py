"""WireGuard keys of all routers, kept where only their own routers can read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from components import wireguard_keys
from components.bundle_store import BundleStore
from topology.links import Tunnel
from topology.plan import Plan

SECRET_CHARACTERS = 64
"""Of 62 letters and digits: 381 bits, more than the 256 a key takes."""


@dataclass(frozen=True, kw_only=True)
class RouterKeysArgs:
    """Whose keys, and where they go."""

    plan: Plan
    """A router has one key, or two while one is being rotated; a tunnel's pre-shared key goes to both its routers.
    With `protect` no key is deleted: without it the router's tunnels are down until its peers know another."""
    store: BundleStore
    """Parameters lie under its paths, encrypted with its key."""


class RouterKeys(pulumi.ComponentResource):
    """Makes every router's private key and every tunnel's pre-shared key, and stores them encrypted.

    The random source is RandomPassword: its resource id is the constant `none`.
    RandomId and RandomBytes show their secret as the id, in plain text, in the state and in every preview.
    """

    public_keys: Mapping[str, Mapping[int, pulumi.Output[str]]]
    """Base64, by router and key generation; not secret."""
    parameter_names: Mapping[str, Sequence[str]]
    """Names of each router's SecureString parameters, sorted."""

    def __init__(self, name: str, args: RouterKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flets-to-vpc:index:RouterKeys", name, None, opts)
        self._name, self._args = name, args
        self._stored: dict[str, list[str]] = {router: [] for router in args.plan.routers}
        self.public_keys = {
            router.name: {generation: self._key_pair(router.name, generation) for generation in router.key_generations}
            for router in args.plan.routers.values()
        }
        for tunnel in args.plan.tunnels:
            self._pre_shared_key(tunnel)
        self.parameter_names = {router: tuple(sorted(names)) for router, names in self._stored.items()}
        self.register_outputs({"parameter_names": {r: list(names) for r, names in self.parameter_names.items()}})

    def _key_pair(self, router: str, generation: int) -> pulumi.Output[str]:
        """Make and store one generation's private key; the public key must not be secret, or every bundle is."""
        private = self._secret(f"{router}-{generation}").apply(wireguard_keys.private_key)
        self._store(router, f"private-key/{generation}", private)
        return pulumi.Output.unsecret(private.apply(wireguard_keys.public_key))

    def _pre_shared_key(self, tunnel: Tunnel) -> None:
        key = self._secret(tunnel.pre_shared_key).apply(wireguard_keys.pre_shared_key)
        for end in (tunnel.sakura, tunnel.aws):
            self._store(end.router, f"pre-shared-key/{tunnel.pre_shared_key}", key)

    def _secret(self, key: str) -> pulumi.Output[str]:
        password = random.RandomPassword(
            f"{self._name}-{key}",
            length=SECRET_CHARACTERS,
            special=False,
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.plan.protect),
        )
        return pulumi.Output.secret(password.result)

    def _store(self, router: str, suffix: str, value: pulumi.Output[str]) -> None:
        parameter_name = f"{self._args.store.parameter_paths[router]}/{suffix}"
        aws.ssm.Parameter(
            f"{self._name}-{router}-{suffix}".replace("/", "-"),
            name=parameter_name,
            type="SecureString",
            key_id=self._args.store.encryption_key_arn,
            value=value,
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.plan.protect),
        )
        self._stored[router].append(parameter_name)

"""What only the clouds know of a stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Live:
    """The values that enter a bundle after the first resources exist; none of them is secret."""

    public_addresses: Mapping[str, str]
    """By router: the Elastic IP, or Sakura's shared address."""
    public_keys: Mapping[str, Mapping[int, str]]
    """By router, then key generation: the X25519 public key in base64."""

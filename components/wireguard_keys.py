"""WireGuard keys stretched from a random secret: pure, so the same secret always gives the same keys.

Only the secret is stored; a generation's key is renewed by renewing its secret.
"""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_BYTES = 32


def private_key(secret: str) -> str:
    """Base64 X25519 private key, clamped (RFC 7748, section 5) so that it reads back from WireGuard unchanged."""
    key = bytearray(_stretch(secret, use="private key"))
    key[0] &= 248
    key[31] = key[31] & 127 | 64
    return base64.b64encode(key).decode()


def public_key(private: str) -> str:
    """Base64 public key of a base64 private key: what peers are told."""
    key = X25519PrivateKey.from_private_bytes(base64.b64decode(private)).public_key()
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def pre_shared_key(secret: str) -> str:
    """Base64 pre-shared key of one tunnel."""
    return base64.b64encode(_stretch(secret, use="pre-shared key")).decode()


def _stretch(secret: str, use: str) -> bytes:
    """HKDF (RFC 5869); the use is part of the result, so one secret never gives two equal keys."""
    kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"flets-to-vpc wireguard {use}".encode())
    return kdf.derive(secret.encode())

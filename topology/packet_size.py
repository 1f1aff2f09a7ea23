"""The largest packet each hop carries, in bytes of IPv4."""

from __future__ import annotations

from typing import Final

INTERNET_MTU: Final = 1500
"""Between the clouds; also the closed network's."""

WIREGUARD_MTU: Final = INTERNET_MTU - 60
"""Less IPv4 20, UDP 8 and WireGuard's header 16 and tag 16."""

GATEWAY_MTU: Final = 8500
"""Between VPC attachments and Connect (Transit Gateway quotas)."""

GRE_MTU: Final = GATEWAY_MTU - 24
"""Less IPv4 20 and GRE 4."""

USABLE_MTU: Final = min(INTERNET_MTU, WIREGUARD_MTU, GATEWAY_MTU, GRE_MTU)
"""The whole path's."""

USABLE_MSS: Final = USABLE_MTU - 40
"""Less IPv4 20 and TCP 20."""

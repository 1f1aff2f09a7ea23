"""Every timer of the path, with its arithmetic."""

from __future__ import annotations

from typing import Final

from topology.model import StatedTimers
from topology.plan import Timers

KEEPALIVES_PER_HOLD: Final = 3
"""RFC 4271 section 10: a keepalive is a third of the hold time."""

TUNNEL_HOLD_S: Final = 9
"""BGP over tunnels and to sites.
BFD is the detector; this is the net behind it, short, but with keepalives that a busy machine can keep."""

LONGEST_GATEWAY_HOLD_S: Final = 30
"""What the gateway offers (TGW Connect); BGP takes the shorter offer, so a longer one is never in force."""

SHORTEST_HOLD_S: Final = 3
"""RFC 4271 section 4.2: a hold time is zero or at least three seconds."""

CONNECT_RETRY_S: Final = 2
"""A router that boots meets peers that already wait: seconds, not FRR's two minutes."""

LONGEST_VRRP_ADVERT_MS: Final = 100
"""VRRPv3 (RFC 5798) declares its master dead after three of these plus a skew: as fast as BFD at its default."""

VRRP_UNIT_MS: Final = 10
"""RFC 5798 5.2.7 states an interval in hundredths of a second."""


def derive(stated: StatedTimers) -> Timers:
    """The timers of a stack from the three that are stated."""
    return Timers(
        bfd_ms=stated.bfd_ms,
        bfd_multiplier=stated.bfd_multiplier,
        tunnel_keepalive_s=TUNNEL_HOLD_S // KEEPALIVES_PER_HOLD,
        tunnel_hold_s=TUNNEL_HOLD_S,
        gateway_keepalive_s=stated.tgw_hold_s // KEEPALIVES_PER_HOLD,
        gateway_hold_s=stated.tgw_hold_s,
        connect_retry_s=CONNECT_RETRY_S,
        vrrp_advert_ms=_vrrp_advert_ms(stated.bfd_ms),
    )


def _vrrp_advert_ms(bfd_ms: int) -> int:
    """BFD's own interval where that is shorter: the virtual address must not be what comes last."""
    return min(bfd_ms // VRRP_UNIT_MS * VRRP_UNIT_MS or LONGEST_VRRP_ADVERT_MS, LONGEST_VRRP_ADVERT_MS)


def bfd_detection_ms(stated: StatedTimers) -> int:
    """How long BFD waits before it calls a tunnel down (RFC 5880 section 6.8.4)."""
    return stated.bfd_ms * stated.bfd_multiplier

"""Reads single values of a stack file: addresses, numbers, names and flags.

Each reader turns what YAML gave into a value or refuses it with rule and way out, in the operator's words.
Values are never guessed: a number in quotes is not a number, `yes` is not true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Final

from pydantic_core import PydanticCustomError

PRIVATE: Final = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918: all that this path carries."""

LINK_LOCAL: Final = IPv4Network("169.254.0.0/16")

INSIDE_LENGTH: Final = 29
"""The only length CreateTransitGatewayConnectPeer takes."""

KEPT_BY_AWS: Final = tuple(
    IPv4Network(f"169.254.{tail}/29") for tail in ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "169.120", "169.248")
)
"""Inside CIDRs a Connect peer must not have (CreateTransitGatewayConnectPeer), and the time service's /29 on EC2."""

WIDEST: Final = min(prefix.prefixlen for prefix in PRIVATE)
"""No private prefix is shorter."""

PRIVATE_ASNS: Final = ((64512, 65534), (4200000000, 4294967294))
"""RFC 6996; also what CreateTransitGateway takes as AmazonSideAsn."""

RESERVED_ASNS: Final = (23456, 65535)
"""RFC 6793 (AS_TRANS) and RFC 7300."""

_PRIVATE_TEXT: Final = "10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
_NO_IPV6: Final = "is IPv6, and the path is IPv4 only: tunnels and the gateway's tables carry nothing else"


class Unread:
    """Stands for a value that could not be read, so that the rest of the file can still be checked."""


UNREAD: Final = Unread()


def refusal(rule: str, way_out: str) -> PydanticCustomError:
    """What a reader raises."""
    return PydanticCustomError("refused", "{rule}", {"rule": rule, "way_out": way_out})


def network(*, shortest: int = WIDEST, longest: int = 32, why: str = "") -> Callable[[object], IPv4Network]:
    """Reads a private IPv4 prefix of `/shortest` to `/longest`; `why` follows the rule about its length."""

    def read(value: object) -> IPv4Network:
        if value is UNREAD:
            return IPv4Network("240.0.0.0/28")
        prefix = _ipv4_network(value)
        if not any(prefix.subnet_of(private) for private in PRIVATE):
            raise refusal("is not private (RFC 1918)", f"state a prefix of {_PRIVATE_TEXT}")
        if not shortest <= prefix.prefixlen <= longest:
            span = f"/{longest} or larger" if shortest == WIDEST else f"/{shortest} to /{longest}"
            raise refusal(f"is a /{prefix.prefixlen}{why and f', {why}'}", f"state a prefix of {span}")
        return prefix

    return read


def inside_network(value: object) -> IPv4Network:
    """Reads the inside CIDR of a Connect peer: a /29 of 169.254.0.0/16 that AWS does not keep."""
    if value is UNREAD:
        return IPv4Network("240.0.0.0/29")
    prefix = _ipv4_network(value)
    way_out = "state a /29 of 169.254.0.0/16 such as 169.254.6.0/29"
    if prefix.prefixlen != INSIDE_LENGTH or not prefix.subnet_of(LINK_LOCAL):
        raise refusal("is no /29 of 169.254.0.0/16, the only inside CIDR a Connect peer takes", way_out)
    if prefix in KEPT_BY_AWS:
        raise refusal("is kept by AWS for itself", way_out)
    return prefix


def address(value: object) -> IPv4Address:
    """Reads an IPv4 address; whether it lies in its network is a rule of its own."""
    if value is UNREAD:
        return IPv4Address("240.0.0.1")
    if not isinstance(value, str):
        raise refusal("is no address", "write it like 172.16.0.1")
    if ":" in value:
        raise refusal(_NO_IPV6, "state an IPv4 address")
    try:
        return IPv4Address(value)
    except AddressValueError:
        raise refusal("is no IPv4 address", "write it like 172.16.0.1, without a length") from None


def number(low: int, high: int, what: str) -> Callable[[object], int]:
    """Reads a whole number of `low` to `high`; `what` names it in the refusal."""

    def read(value: object) -> int:
        if value is UNREAD:
            return low
        stated = _whole(value, what)
        if not low <= stated <= high:
            raise refusal(f"is out of range for {what}", f"state {low} to {high}")
        return stated

    return read


def private_asn(value: object) -> int:
    """Reads an ASN of our own or of the gateway."""
    if value is UNREAD:
        return PRIVATE_ASNS[0][0]
    stated = _whole(value, "an ASN")
    if not any(low <= stated <= high for low, high in PRIVATE_ASNS):
        raise refusal("is no private ASN (RFC 6996)", "state 64512 to 65534 or 4200000000 to 4294967294")
    return stated


def any_asn(value: object) -> int:
    """Reads the ASN of a site, which may be public."""
    if value is UNREAD:
        return PRIVATE_ASNS[0][0]
    stated = _whole(value, "an ASN")
    if not 1 <= stated <= PRIVATE_ASNS[1][1] or stated in RESERVED_ASNS:
        raise refusal("is no ASN a router can have", "state 1 to 4294967294, but not 23456 or 65535")
    return stated


def text(pattern: str, what: str) -> Callable[[object], str]:
    """Reads a text that matches `pattern` as a whole; `what` describes it with an example."""

    def read(value: object) -> str:
        if value is UNREAD:
            return "unread"
        if not isinstance(value, str):
            raise refusal("is not text", f'state {what}, in quotes ("...")')
        if not re.fullmatch(pattern, value):
            raise refusal("does not have the right form", f"state {what}")
        return value

    return read


def flag(value: object) -> bool:
    """Reads true or false."""
    if value is UNREAD:
        return False
    if not isinstance(value, bool):
        rule = "is text, not true or false" if isinstance(value, str) else "is neither true nor false"
        raise refusal(rule, "write true or false, without quotes")
    return value


def _whole(value: object, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        kind = "text" if isinstance(value, str) else "no whole number"
        raise refusal(f"is {kind}, but {what} is a whole number", "write digits only, without quotes")
    return value


def _ipv4_network(value: object) -> IPv4Network:
    if not isinstance(value, str):
        raise refusal("is no prefix", "write it like 192.168.1.0/24")
    if ":" in value:
        raise refusal(_NO_IPV6, "state an IPv4 prefix")
    if not re.fullmatch(r"[0-9.]+/[0-9]+", value):
        raise refusal("is no prefix", "write it like 192.168.1.0/24, with its length")
    try:
        prefix = IPv4Network(value, strict=False)
    except (AddressValueError, NetmaskValueError):
        raise refusal("is no IPv4 prefix", "write it like 192.168.1.0/24") from None
    if str(prefix.network_address) != value.partition("/")[0]:
        raise refusal("has host bits set", f"write {prefix}, or a longer length")
    return prefix

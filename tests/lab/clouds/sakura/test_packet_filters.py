"""What Sakura Cloud refuses of packet filters."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.clouds.cloud import Case, Clouds, case, refused

FILTER = "sakuracloud:index/packetFilter:PacketFilter"


def rules(**rule: Any) -> dict[str, Any]:
    """A filter of one rule."""
    return {"expressions": [{"protocol": "udp", **rule}]}


@pytest.mark.parametrize(
    "row",
    [
        case("it has at most 30 rules", "invalid_format", "at most 30, has 31", expressions=[{"protocol": "ip"}] * 31),
        case("one side has a range", "invalid_param_comb", "not on both",
             **rules(sourcePort="1-2", destinationPort="1-2")),
        case("icmp has no ports", "invalid_param_comb", "protocol icmp has no ports",
             **rules(protocol="icmp", sourcePort="1")),
        case("a protocol is one", "invalid_format", "fragment, ip", **rules(protocol="gre")),
        case("a rule has a protocol", "MissingParameter", "protocol must be stated", expressions=[{"allow": True}]),
        case("a port is at most 65535", "invalid_range", "99999 is no port", **rules(destinationPort="99999")),
        case("a range rises", "invalid_range", "2-1 is no port", **rules(destinationPort="2-1")),
        case("a port is a number", "invalid_format", "a port, a range", **rules(destinationPort="wireguard")),
        case("a network is one", "invalid_format", "Octet 300", **rules(sourceNetwork="300.0.0.0/8")),
        case("a network has no host bits", "invalid_format", "host bits", **rules(sourceNetwork="192.0.2.1/24")),
        case("its zone exists", "invalid_format", "one of tk1a", zone="tk2a"),
    ],
)  # fmt: skip
def test_a_filter(clouds: Clouds, row: Case) -> None:
    refused(clouds, FILTER, rules(destinationPort="51820", sourceNetwork="192.0.2.1"), row)

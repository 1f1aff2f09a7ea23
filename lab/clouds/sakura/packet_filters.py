"""Packet filters in front of NICs: stateless, incoming only, tried from the top."""

from __future__ import annotations

from ipaddress import IPv4Network

from lab.clouds.declaration import flag, listing, record, text
from lab.clouds.kind import Kind, Proposal, Refusals, Refused
from lab.clouds.sakura.zone import MALFORMED, identify, zoned

PACKET_FILTER = "sakuracloud:index/packetFilter:PacketFilter"

_PORT = text(pattern=r"|\d{1,5}(-\d{1,5})?", meaning="a port, a range such as 32768-60999, or nothing")
_HIGHEST_PORT = 65535
_RULES_PER_FILTER = 30


def _one_port_side(filter_: Proposal) -> Refusals:
    for number, rule in enumerate(filter_.inputs.get("expressions", [])):
        if all("-" in rule.get(side, "") for side in ("sourcePort", "destinationPort")):
            said = "a rule has a port range on its source or on its destination, not on both"
            yield Refused("invalid_param_comb", f"expressions[{number}]: {said}")
        if rule["protocol"] not in ("tcp", "udp") and (rule.get("sourcePort") or rule.get("destinationPort")):
            yield Refused("invalid_param_comb", f"expressions[{number}]: protocol {rule['protocol']} has no ports")


def _ports_are_ports(filter_: Proposal) -> Refusals:
    for number, rule in enumerate(filter_.inputs.get("expressions", [])):
        for side in ("sourcePort", "destinationPort"):
            ends = [int(end) for end in rule.get(side, "").split("-") if end]
            if ends != sorted(ends) or any(not 1 <= end <= _HIGHEST_PORT for end in ends):
                said = f"{side} {rule[side]} is no port from 1 to {_HIGHEST_PORT}, and no rising range of these"
                yield Refused("invalid_range", f"expressions[{number}]: {said}")


def _networks_are_networks(filter_: Proposal) -> Refusals:
    for number, rule in enumerate(filter_.inputs.get("expressions", [])):
        try:
            IPv4Network(rule.get("sourceNetwork") or "0.0.0.0/0")
        except ValueError as error:
            yield Refused("invalid_format", f"expressions[{number}]: sourceNetwork {error}")


KINDS = (
    Kind(
        type=PACKET_FILTER,
        inputs=zoned(
            description=text(most=512),
            expressions=listing(
                record(
                    {
                        "protocol": text("http", "https", "tcp", "udp", "icmp", "fragment", "ip", required=True),
                        "allow": flag(),
                        "sourceNetwork": text(
                            pattern=r"|[\d.]+(/\d{1,2})?", meaning="an IPv4 address or network, or nothing"
                        ),
                        "sourcePort": _PORT,
                        "destinationPort": _PORT,
                        "description": text(most=512),
                    }
                ),
                most=_RULES_PER_FILTER,
            ),
        ),
        identify=identify,
        outputs=lambda it: {"zone": it.place},
        malformed=MALFORMED,
        rules=(_one_port_side, _ports_are_ports, _networks_are_networks),
        in_use="disconnect_b4_delete",
    ),
)

"""Reads the counters of the fabric's filters: what was dropped in which namespace, and for which reason."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.fabric import runner


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A kind of packet that one namespace dropped."""

    netns: str
    reason: str
    """The set it was counted in."""
    device: str
    """By which it came, or would have left, as the reason has it."""
    protocol: int
    source: str
    destination: str
    port: int
    """Destination port of TCP and UDP, 0 for others."""
    packets: int

    @property
    def what(self) -> str:
        """`udp/51820`, `proto/47`, `icmp`."""
        if self.protocol == socket.IPPROTO_ICMP:
            return "icmp"
        known = {socket.IPPROTO_TCP: "tcp", socket.IPPROTO_UDP: "udp"}.get(self.protocol)
        return f"{known}/{self.port}" if known else f"proto/{self.protocol}"


def refusals(netns: str, family: str = "ip") -> list[Refusal]:
    """All that a namespace counted since its rule set was last replaced. Raises LabFault when it cannot be read."""
    text = runner.run(["nft", "-j", "-n", "list", "table", family, "fabric"], netns=netns)
    return read_refusals(netns, json.loads(text))


def read_refusals(netns: str, document: Mapping[str, Any]) -> list[Refusal]:
    """The same from nft's JSON."""
    sets = [entry["set"] for entry in document["nftables"] if "set" in entry]
    return [_refusal(netns, found["name"], element["elem"]) for found in sets for element in _elements(found)]


def _elements(found: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return [element for element in found.get("elem", ()) if isinstance(element, dict) and "elem" in element]


def _refusal(netns: str, reason: str, element: Mapping[str, Any]) -> Refusal:
    device, protocol, source, destination, port = element["val"]["concat"]
    return Refusal(
        netns=netns,
        reason=reason,
        device=device,
        protocol=protocol if isinstance(protocol, int) else socket.getprotobyname(protocol),
        source=source,
        destination=destination,
        port=int(port),
        packets=int(element["counter"]["packets"]),
    )

"""What the routers themselves say: sessions, tunnels, addresses, failed units; read as an operator would read them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from typing import Any

from lab.nodes import Booted

SEPARATOR = "--- next ---"

FAILED_UNITS = (
    "systemctl list-units --plain --no-legend --full --state=failed,auto-restart | cut -d' ' -f1;"
    " systemctl is-active --quiet flets-to-vpc-path.target &&"
    " systemctl show --property=Id,ActiveState $(systemctl show --property=Wants --value flets-to-vpc-path.target)"
    " | awk -F= '/^Id=/ {id = $2} /^ActiveState=(inactive|deactivating)/ {print id}'"
)
"""What failed, and once the path was started what of it does not run: a stopped or masked unit has not failed."""

AGENT_SAYS = (
    "test -e /run/flets-to-vpc/record.json ||"
    " journalctl --unit=rc-local --unit=flets-to-vpc-boot --lines=1 --output=cat --no-pager --quiet"
)
"""The last words of the startup note or the agent while no bundle was started since the router's boot."""

REFUSED = re.compile(r"(bundle |.*AWS answers ).*; trying again|.*Registration failed .*(Expired|InvalidActivation):.*")
"""In those words: AWS was reached, and what it answers will do no better until somebody deploys."""

WATCH_FILE = "/run/flets-to-vpc/watch.json"
"""What a router judged last of itself, and how often."""

QUESTIONS = (
    "cat /etc/flets-to-vpc/agent.json",
    "cat /run/flets-to-vpc/record.json",
    "vtysh -c 'show bgp ipv4 unicast summary json'",
    "vtysh -c 'show bfd peers json'",
    "wg show all latest-handshakes",  # never `dump`: it prints keys
    "wg show all listen-port",
    "ip -json -4 address",
    FAILED_UNITS,
    "ip -json -4 route",
    f"cat {WATCH_FILE}",
    AGENT_SAYS,
)
"""One visit to a node asks all of them; a question whose program is not there yet has an empty answer."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """A network device with its addresses."""

    mtu_bytes: int
    addresses: tuple[IPv4Interface, ...]


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """One router at one moment."""

    name: str
    has_bundle: bool
    bundle_version: str
    """Of the bundle in force; empty before the first."""
    last: str
    """What the agent did last, in its words."""
    wanted_bgp: tuple[str, ...]
    """Neighbors its bundle tells it to have."""
    wanted_bfd: tuple[str, ...]
    bgp: Mapping[str, str]
    """State by neighbor, as FRR says it."""
    bfd: Mapping[str, str]
    """Status by peer."""
    handshake_age_s: Mapping[str, float]
    """By WireGuard device; absent before the first handshake."""
    listen_ports: Mapping[str, int]
    """By WireGuard device."""
    devices: Mapping[str, Device]
    failed_units: tuple[str, ...]
    """Also those of the path that were stopped or masked."""
    wanted_prefixes: tuple[str, ...] = ()
    """Sites' and VPCs' networks that its bundle tells it to reach."""
    routes: tuple[str, ...] = ()
    """Destinations that it has a route to."""
    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The devices that a destination is sent out by."""
    why_not_ready: tuple[str, ...] = ()
    """Why it does not carry the path, in its agent's words; empty when it does."""
    takeover: tuple[str, ...] = ()
    """The halves that it announces for its sibling."""
    refused: str = ""
    """Why this boot gets no bundle, in the agent's words; empty where it has one or may still get it."""

    def device_towards(self, address: str) -> str | None:
        """The device whose network holds this neighbor."""
        target = IPv4Address(address)
        for name, device in self.devices.items():
            if any(target in own.network and own.network.prefixlen < 32 for own in device.addresses):
                return name
        return None

    @property
    def loopback(self) -> IPv4Address | None:
        """The address that its bundle gave its loopback, if it did."""
        own = self.devices["lo"].addresses if "lo" in self.devices else ()
        return next((address.ip for address in own if not address.is_loopback), None)

    def holds(self, address: IPv4Address) -> bool:
        """Whether one of its devices has this address."""
        return any(own.ip == address for device in self.devices.values() for own in device.addresses)


def read(node: Booted) -> NodeFacts:
    """The node's facts. Raises LabFault when the node does not answer at all."""
    script = f"; echo; echo '{SEPARATOR}'; ".join(f"{question} 2>/dev/null" for question in QUESTIONS)
    answers = node.run(["sh", "-c", script]).stdout.split(f"\n{SEPARATOR}\n")
    answers += [""] * (len(QUESTIONS) - len(answers))
    return parse(node.name, answers, now_s=time.time())


def parse(name: str, answers: list[str], *, now_s: float) -> NodeFacts:
    """The facts in the answers to `QUESTIONS`, in their order."""
    agent, record, bgp, bfd, handshakes, ports, addresses, units, routes, watch, says = answers[: len(QUESTIONS)]
    wanted = _json(agent, {})
    sibling = [wanted["sibling_bfd"]] if wanted.get("sibling_bfd") else []
    stamps = {device: int(stamp) for device, _, stamp in _rows(handshakes, 3)}
    return NodeFacts(
        name=name,
        has_bundle=bool(wanted),
        bundle_version=str(_json(record, {}).get("bundle_version", "")),
        last=str(_json(record, {}).get("last", "")),
        wanted_bgp=tuple(wanted.get("bgp_neighbors", ())),
        wanted_bfd=(*wanted.get("bfd_peers", ()), *sibling),
        bgp={peer: facts["state"] for peer, facts in _json(bgp, {}).get("peers", {}).items()},
        bfd={peer["peer"]: peer["status"] for peer in _json(bfd, [])},
        handshake_age_s={device: now_s - stamp for device, stamp in stamps.items() if stamp},
        listen_ports={device: int(port) for device, port in _rows(ports, 2)},
        devices={entry["ifname"]: _device(entry) for entry in _json(addresses, [])},
        failed_units=tuple(dict.fromkeys(units.split())),
        wanted_prefixes=tuple(prefix for kind in wanted.get("prefixes", {}).values() for prefix in kind),
        routes=tuple(route["dst"] for route in _json(routes, [])),
        ways={route["dst"]: _devices(route) for route in _json(routes, [])},
        why_not_ready=tuple(_json(watch, {}).get("why_not_ready", ("it has not judged itself yet",))),
        takeover=tuple(_json(watch, {}).get("takeover", ())),
        refused=says.strip() if REFUSED.fullmatch(says.strip()) else "",
    )


def _device(entry: Mapping[str, Any]) -> Device:
    stated = [f"{own['local']}/{own['prefixlen']}" for own in entry["addr_info"]]
    return Device(mtu_bytes=entry["mtu"], addresses=tuple(IPv4Interface(text) for text in stated))


def _devices(route: Mapping[str, Any]) -> tuple[str, ...]:
    hops = route.get("nexthops", [route])
    return tuple(sorted(hop["dev"] for hop in hops if "dev" in hop))


def _rows(text: str, width: int) -> list[list[str]]:
    return [row for line in text.splitlines() if len(row := line.split()) == width]


def _json(text: str, otherwise: Any) -> Any:
    """The answer's value; an answer that is none says that its program is not ready."""
    try:
        return json.loads(text)
    except ValueError:
        return otherwise

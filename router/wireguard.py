"""WireGuard interfaces: rendered files hold no key, so the agent joins them with the keys, over a pipe only."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from router.agent_file import WireGuardInterface
from router.commands import Run
from router.errors import BundleError
from router.state import State

KEY_BYTES = 32
HANDSHAKE_VALID_S = 180
"""WireGuard refuses a session key older than this (REJECT_AFTER_TIME), so an older handshake carries nothing."""
OF_THE_LINK = re.compile(r"^\s*(Address|MTU|DNS|Table|PreUp|PostUp|PreDown|PostDown)\s*=", re.IGNORECASE)
"""Lines that wg-quick acts on when it brings the link up; `wg syncconf` cannot change them."""


@dataclass(frozen=True, kw_only=True)
class Tunnel:
    """What the kernel (or wireguard-go) knows of one tunnel end."""

    interface: str
    handshake_age_s: int | None
    """None: no handshake yet."""
    received_bytes: int
    sent_bytes: int

    @property
    def up(self) -> bool:
        """A handshake is young enough to carry packets."""
        return self.handshake_age_s is not None and self.handshake_age_s <= HANDSHAKE_VALID_S


def check_key(key: str, place: str) -> None:
    """Raises BundleError unless `key` is base64 of 32 bytes; the message never holds it."""
    try:
        size = len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if size != KEY_BYTES:
        raise BundleError(f"{place}: not a WireGuard key (base64 of {KEY_BYTES} bytes); deploy the keys anew")


def conf_path(interface: str) -> str:
    """Where wg-quick finds an interface's file."""
    return f"/etc/wireguard/{interface}.conf"


def unit(interface: str) -> str:
    """The unit that brings an interface up."""
    return f"wg-quick@{interface}.service"


def link_lines(conf: str) -> tuple[str, ...]:
    """The lines of a file that take a restart of the interface to change."""
    return tuple(line.strip() for line in conf.splitlines() if OF_THE_LINK.match(line))


def joined(stripped: str, private_key: str, pre_shared_key: str, peer_public_key: str) -> str:
    """A stripped file with its keys. Raises BundleError when it does not name the peer."""
    lines: list[str] = []
    named = False
    for line in stripped.splitlines():
        lines.append(line)
        words = line.replace("=", " = ", 1).split()
        if line.strip().lower() == "[interface]":
            lines.append(f"PrivateKey = {private_key}")
        elif words[:1] == ["PublicKey"] and words[2:] == [peer_public_key]:
            lines.append(f"PresharedKey = {pre_shared_key}")
            named = True
    if not named:
        raise BundleError(f"no peer {peer_public_key} in the interface's file; the bundle must be rendered anew")
    return "\n".join(lines) + "\n"


def sync(run: Run, state: State, end: WireGuardInterface) -> None:
    """Gives an interface exactly its file's peers and keys; sessions of unchanged peers go on.

    Raises CommandError, BundleError.
    """
    private_key, pre_shared_key = state.key(end.private_key), state.key(end.pre_shared_key)
    stripped = run(["wg-quick", "strip", end.interface])
    text = joined(stripped, private_key, pre_shared_key, end.peer_public_key)
    run(["wg", "syncconf", end.interface, "/dev/stdin"], stdin=text, secrets=(private_key, pre_shared_key))


def tunnels(run: Run, now_s: int) -> dict[str, Tunnel]:
    """Every WireGuard interface by name. Never `wg show dump`, which prints keys. Raises CommandError."""
    ages: dict[str, int | None] = {}
    for line in run(["wg", "show", "all", "latest-handshakes"]).splitlines():
        interface, _, stamp = line.split("\t")
        ages[interface] = now_s - int(stamp) if int(stamp) else None
    found = {}
    for line in run(["wg", "show", "all", "transfer"]).splitlines():
        interface, _, received, sent = line.split("\t")
        found[interface] = Tunnel(
            interface=interface,
            handshake_age_s=ages.get(interface),
            received_bytes=int(received),
            sent_bytes=int(sent),
        )
    return found

"""`flets-to-vpc keys IFACE`: what wg-quick's PostUp calls, for a rendered file holds no key."""

from __future__ import annotations

from router import wireguard
from router.errors import AgentError
from router.machine import Machine


def give_keys(machine: Machine, interface: str) -> None:
    """Gives an interface its private key and its peer's pre-shared key. Raises AgentError."""
    ends = {end.interface: end for end in machine.agent().wireguard}
    if interface not in ends:
        raise AgentError(f"{interface}: agent.json names no such interface, only {', '.join(ends) or 'none'}")
    wireguard.sync(machine.run, machine.state, ends[interface])

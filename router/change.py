"""Changing a running router from one bundle to another, or not at all."""

from __future__ import annotations

from router import health
from router.bundle import Bundle
from router.errors import AgentError
from router.fetch import Fetched
from router.health import Working
from router.journal import say, warn
from router.machine import Machine


def change(machine: Machine, old: Bundle, fetched: Fetched) -> None:
    """Moves from `old` to the fetched bundle; on any failure back to `old`. Raises AgentError, with what it did."""
    new = fetched.bundle
    before = health.working(machine.frr, machine.units)
    keys_before = machine.state.keys(new.agent.key_names)
    machine.state.write_keys(fetched.keys)
    try:
        machine.activation.switch(old, new)
        _check(machine, before, new)
    except AgentError as error:
        warn(f"bundle {new.version} failed: {error}")
        machine.state.write_keys(keys_before)
        go_back(machine, before, new, old)
        raise AgentError(f"bundle {new.version} was rolled back, bundle {old.version} is in force: {error}") from error
    machine.state.keep(fetched.pointer, new)


def go_back(machine: Machine, before: Working, new: Bundle, old: Bundle) -> None:
    """From a bundle that failed to the one before it. Raises AgentError when that does not bring everything back."""
    say(f"going back to bundle {old.version}")
    try:
        machine.activation.switch(new, old, may_restart_frr=True)
        _check(machine, before, old)
    except AgentError as error:
        raise AgentError(
            f"bundle {new.version} failed and going back to bundle {old.version} did not bring everything back: "
            f"{error}; `flets-to-vpc status` shows what is down, a reboot starts from bundle {old.version}"
        ) from error


def _check(machine: Machine, before: Working, now: Bundle) -> None:
    """What worked before and is still asked for works; what is new may still wait for its far end."""
    expected = before.expected_of(now.agent, frozenset(machine.units.of_path()))
    health.check(expected, lambda: health.working(machine.frr, machine.units))

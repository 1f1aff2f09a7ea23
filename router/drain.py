"""`flets-to-vpc drain` and `undrain`: a planned stop loses no packet.

The pair's lock, then the sibling's readiness, then the request; the others take another way, and forwarding ends here.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

from router import boot_object
from router.agent_file import AgentFile
from router.errors import AgentError, FrrError
from router.journal import say, warn
from router.machine import Machine
from router.moves import watched
from router.patience import Patience
from router.roll_out_lock import RollOutLock

LOCK_PATIENCE_S = 300.0
LOCK_EVERY_S = 1.0
SIBLING_PATIENCE_S = 120.0
STOP_PATIENCE_S = 20.0
"""A machine that is going down waits no longer for the lock and for its sibling: it goes down all the same."""
WATCH_PATIENCE_S = 5.0
HANDOVER_PATIENCE_S = 3.0
"""keepalived gives the virtual address up within three advertisements."""
QUIET_PATIENCE_S = 20.0
QUIET_S = 0.5
GATEWAY_ACTS_WITHIN_S = 5.0
"""How long AWS's gateway takes from an announcement to its forwarding is not published; the lab tries so much.
Where packets are few, that none came for a moment does not show that it has acted.
"""
READY_PATIENCE_S = 60.0
POLL_S = 0.05


def drain(machine: Machine, *, is_stopping: bool = False, is_roll_out: bool = False) -> None:
    """Takes the lock and this router out of the path. Raises AgentError; then the router carries on as before.

    `is_stopping`: it goes down in any case. `is_roll_out`: it goes on forwarding, so a late packet is not lost.
    """
    if is_stopping:
        _drain_before_the_end(machine)
        return
    agent = machine.agent()
    with _one_at_a_time(machine), _undone_when_interrupted(machine):
        _take_lock(machine, LOCK_PATIENCE_S)
        try:
            _await_sibling(machine, agent, SIBLING_PATIENCE_S)
            machine.paths.draining_flag.touch()
            _await_drained(machine, agent, is_roll_out=is_roll_out)
        except AgentError:
            machine.paths.draining_flag.unlink(missing_ok=True)
            give_back_lock(machine)
            raise
        machine.paths.lock_flag.touch()


def _drain_before_the_end(machine: Machine) -> None:
    """What a machine that goes down cannot wait for is told. It keeps the lock, so that its sibling stays."""
    agent = machine.agent()
    with _told():
        _take_lock(machine, STOP_PATIENCE_S)
        _await_sibling(machine, agent, STOP_PATIENCE_S)
    machine.paths.draining_flag.touch()
    with _told():
        _await_drained(machine, agent)
    machine.paths.lock_flag.touch()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except AgentError as error:
        warn(f"{error}; this router is going down all the same")


@contextlib.contextmanager
def _one_at_a_time(machine: Machine) -> Iterator[None]:
    """Who gives a lock back must not take it from a drain that has begun meanwhile."""
    with open(machine.paths.planned_stop, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _undone_when_interrupted(machine: Machine) -> Iterator[None]:
    """Ctrl-C: this router carries on, and `watch` gives the lock back."""
    try:
        yield
    except KeyboardInterrupt:
        machine.paths.lock_flag.touch()
        machine.paths.draining_flag.unlink(missing_ok=True)
        raise


def undrain(machine: Machine) -> None:
    """Puts this router back into the path and waits until it is ready. Raises AgentError when it does not become so."""
    machine.paths.lock_flag.touch()  # also where a drain that was killed had no time to
    machine.paths.draining_flag.unlink(missing_ok=True)
    if not Patience(seconds=READY_PATIENCE_S).until_true(lambda: _is_ready(machine), every_s=POLL_S):
        seen = watched(machine.paths)
        why = "; ".join(seen.why_not_ready) if seen else "watch does not run"
        raise AgentError(f"undrained, but not ready within {READY_PATIENCE_S:.0f} s: {why}")
    say("undrained: this router carries the path")


@contextlib.contextmanager
def out_of_the_path(machine: Machine) -> Iterator[None]:
    """For a planned change: drained before, and put back after, also after a failure. Raises AgentError.

    A router that is not ready carries nothing, so it is changed as it is: a new bundle may be what it needs.
    """
    if not _is_ready(machine):
        yield
        return
    drain(machine, is_roll_out=True)
    failed: AgentError | None = None
    try:
        yield
    except AgentError as error:
        failed = error
        raise
    finally:
        try:
            undrain(machine)
        except AgentError as also:
            if failed is None:
                raise
            raise AgentError(f"{failed}; {also}") from failed


def unlock(machine: Machine) -> None:
    """Gives the pair's lock back, unless this router is drained: it needs it then. Raises AgentError."""
    with _one_at_a_time(machine):
        if not machine.paths.draining_flag.exists():
            give_back_lock(machine)


def give_back_lock(machine: Machine) -> None:
    """Gives the pair's lock back when this router has it.

    Raises AgentError when AWS stays away; the next ready moment then tries again.
    """
    boot = boot_object.read(machine.paths)
    machine.paths.lock_flag.touch()
    with machine.aws() as aws:
        lock = RollOutLock(boot)
        Patience(seconds=SIBLING_PATIENCE_S).until_done(lambda: lock.give_back(aws), warn)
    machine.paths.lock_flag.unlink(missing_ok=True)


def _take_lock(machine: Machine, patience_s: float) -> None:
    boot = boot_object.read(machine.paths)
    with machine.aws() as aws:
        lock = RollOutLock(boot)
        Patience(seconds=patience_s).until_done(lambda: lock.take(aws), warn, LOCK_EVERY_S)


def _await_sibling(machine: Machine, agent: AgentFile, patience_s: float) -> None:
    """On AWS the siblings' BFD session says it; on Sakura the virtual address will."""
    sibling = agent.sibling_bfd
    if sibling is None:
        return
    if not Patience(seconds=patience_s).until_true(lambda: _is_up(machine, sibling), every_s=POLL_S):
        raise AgentError(
            f"{agent.sibling} is not ready since {patience_s:.0f} s, and a stop of {agent.router} would cut the path; "
            f"see `flets-to-vpc status` on {agent.sibling}"
        )


def _is_up(machine: Machine, sibling: str) -> bool:
    with contextlib.suppress(FrrError):  # a bfdd that starts anew answers soon
        return machine.frr.bfd_states().get(sibling) == "up"
    return False


def _await_drained(machine: Machine, agent: AgentFile, *, is_roll_out: bool = False) -> None:
    _await(
        lambda: _is_draining(machine),
        WATCH_PATIENCE_S,
        "watch does not drain; see `systemctl status flets-to-vpc-watch`",
    )
    if agent.virtual_ip is not None:
        _await(
            lambda: not machine.holds(agent.virtual_ip or ""),
            HANDOVER_PATIENCE_S,
            f"{agent.sibling} does not take the virtual address, so it is not ready",
        )
    if _is_quiet(machine, 0.0 if agent.gateway is None or is_roll_out else GATEWAY_ACTS_WITHIN_S):
        say("drained: nothing is forwarded here")
        return
    forwards = f"packets are still forwarded here after {QUIET_PATIENCE_S:.0f} s; somebody knows no other way"
    if not is_roll_out:
        raise AgentError(f"{forwards}: see who by `tcpdump -ni any`")
    warn(forwards)


def _is_quiet(machine: Machine, at_least_s: float) -> bool:
    quiet, settling = Quiet(machine.paths.at("/proc/net/snmp")), Patience(seconds=at_least_s)
    is_over = Patience(seconds=QUIET_PATIENCE_S).until_true
    return is_over(lambda: quiet.is_quiet() and settling.left_s <= 0, every_s=QUIET_S)


def _await(holds: Callable[[], bool], patience_s: float, otherwise: str) -> None:
    if not Patience(seconds=patience_s).until_true(holds, every_s=POLL_S):
        raise AgentError(otherwise)


def _is_draining(machine: Machine) -> bool:
    seen = watched(machine.paths)
    return seen is not None and seen.draining


def _is_ready(machine: Machine) -> bool:
    seen = watched(machine.paths)
    return seen is not None and seen.ready


class Quiet:
    """Whether forwarding has ended: the kernel's own count stands still from one look to the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before: int | None = None

    def is_quiet(self) -> bool:
        """Nothing was forwarded since the last look."""
        before, self._before = self._before, forwarded(self._path.read_text())
        return before == self._before


def forwarded(snmp: str) -> int:
    """Packets forwarded so far: `ForwDatagrams` of the first two `Ip:` lines (RFC 4293)."""
    names, values = [line.split() for line in snmp.splitlines() if line.startswith("Ip:")]
    return int(dict(zip(names, values, strict=True))["ForwDatagrams"])

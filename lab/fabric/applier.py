"""Makes the kernel look like the blueprint, by the fewest commands: one batch per namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar
from zlib import crc32

from lab.errors import LabFault
from lab.fabric import runner
from lab.fabric.blueprint import Blueprint, Namespace
from lab.fabric.changes import Changes, NamespaceChange, changes
from lab.fabric.programs import Programs

_AT_ONCE = 4
"""Commands wait for the kernel's network lock more than for a CPU."""
_NO_IPV6 = ("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
_ROUTER = (
    "net.ipv4.ip_forward=1",
    "net.ipv4.fib_multipath_hash_policy=1",
    "net.ipv4.icmp_ratelimit=0",
    # BGP binds to the addresses of tunnels that come and go.
    "net.ipv4.ip_nonlocal_bind=1",
    *(
        f"net.ipv4.conf.{which}.{key}=0"
        for which in ("all", "default")
        for key in ("rp_filter", "send_redirects", "accept_redirects")
    ),
)
_HASH_SEED = "net.ipv4.fib_multipath_hash_seed"
"""Since Linux 6.11. Real machines draw one each; with one for all, those who share a kernel choose alike.

Flows that the gateway sends to a router for their hash would then all take the same tunnel there.
"""
_ARP_FOR_OTHERS = ("net.ipv4.conf.default.proxy_arp=1",)
_T = TypeVar("_T")


class Applier:
    """Holds what was applied last, and the processes."""

    def __init__(self, run_dir: Path) -> None:
        self.programs = Programs(run_dir)
        self._applied = Blueprint()

    def apply(self, wanted: Blueprint) -> Changes:
        """Changes what differs and returns it. Raises LabFault with namespace, command and reason."""
        todo = changes(self._applied, wanted)
        for program in todo.stop:
            self.programs.stop(program.name)
        for netns, device in todo.remove_devices:
            runner.ip_batch([f"link delete {device}"], netns=netns)
        runner.ip_batch([f"netns delete {name}" for name in todo.remove_namespaces])
        runner.ip_batch([f"netns add {space.name}" for space in todo.new_namespaces])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            _all(pool, _prepare, todo.new_namespaces)
            runner.ip_batch(todo.create)
            _all(pool, _change, todo.inside)
        for program in todo.reload:
            self.programs.reload(program)
        for program in todo.start:
            self.programs.start(program)
        self._applied = wanted
        return todo

    def close(self) -> None:
        """Ends every process and removes every namespace, as far as they are still there."""
        self.programs.stop_all()
        for space in self._applied.namespaces:
            try:
                runner.ip_batch([f"netns delete {space.name}"])
            except LabFault:
                continue
        self._applied = Blueprint()


def hash_seed(netns: str) -> int:
    """How a namespace chooses among equal paths: another one for each, the same in each run; never 0, the kernel's."""
    return crc32(netns.encode()) or 1


def _all(pool: ThreadPoolExecutor, action: Callable[[_T], None], items: Iterable[_T]) -> None:
    for done in [pool.submit(action, item) for item in items]:
        done.result()


def _prepare(space: Namespace) -> None:
    """Before its first device exists, for devices take their settings from the defaults at birth."""
    settings: tuple[str, ...] = ()
    if space.is_router:
        settings += (*_NO_IPV6, *_ROUTER)
    if space.answers_arp_for_others:
        settings += _ARP_FOR_OTHERS
    if Path("/proc/sys", _HASH_SEED.replace(".", "/")).exists():
        settings += (f"{_HASH_SEED}={hash_seed(space.name)}",)
    if settings:
        _set(space.name, settings)
    if not space.keeps_default_rules:
        # The rule for `lo` comes first: without any rule for its own addresses a namespace is deaf.
        lines = ["rule add pref 10 iif lo lookup local", "rule add pref 12 iif lo lookup main"]
        runner.ip_batch([*lines, *(f"rule delete pref {pref}" for pref in (0, 32766, 32767))], netns=space.name)


def _change(change: NamespaceChange) -> None:
    runner.ip_batch(change.removals, netns=change.name)
    runner.ip_batch(change.additions, netns=change.name)
    if change.settings:
        _set(change.name, change.settings)
    if change.ruleset is not None:
        runner.nft(change.name, change.ruleset or "flush ruleset\n")


def _set(netns: str, assignments: tuple[str, ...]) -> None:
    runner.run(["sysctl", "-q", "-w", *assignments], netns=netns)

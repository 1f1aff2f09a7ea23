"""`watch` on a router without a machine: its clock, its probe and its release are a test's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from types import SimpleNamespace

import pytest

from router import kernel_routes, watch
from router.agent_lines import Lines
from router.watch import TICK_S, Watch
from tests.router.bundle_files import FILES, SITE
from tests.router.fake_router import FakeRouter


@dataclass
class FakeProbe:
    """A leg as the test says; notes what it is told."""

    silent: bool = False
    well: bool = True
    ever: bool = True
    next_at_s: float = float("inf")
    """When it will be silent."""
    sockets: tuple[object, ...] = ()
    heard_s: list[float] = field(default_factory=list)
    asked_s: list[float] = field(default_factory=list)
    assumed: int = 0
    forgiven_s: list[float] = field(default_factory=list)

    def ask(self, now_s: float) -> None:
        self.asked_s.append(now_s)

    def listen(self, now_s: float) -> None:
        self.heard_s.append(now_s)

    def assume(self, now_s: float) -> None:
        self.assumed += 1

    def forgive(self, late_s: float) -> None:
        self.forgiven_s.append(late_s)

    def is_silent(self, now_s: float) -> bool:
        return self.silent

    def is_well(self, now_s: float) -> bool:
        return self.well

    def is_out_silent(self, now_s: float) -> bool:
        return self.silent

    def is_out_well(self, now_s: float) -> bool:
        return self.well

    def next_silence_s(self, now_s: float) -> float:
        return self.next_at_s


class FakeRelease:
    """Counts ready moments; starts no child."""

    ready_moments = 0

    def when_ready(self) -> None:
        self.ready_moments += 1

    def reap(self) -> None:
        pass


class Run:
    """One run of the agent whose clock the test moves."""

    def __init__(self, router: FakeRouter, monkeypatch: pytest.MonkeyPatch) -> None:
        self.router, self.probe, self.release, self.now_s = router, FakeProbe(), FakeRelease(), 1000.0
        self.reached = [IPv4Network(SITE)]
        self.over: list[set[str]] = []
        self.dead: tuple[str, ...] = ()
        """Of FRR's daemons."""
        monkeypatch.setattr(watch, "Frr", lambda *_: router.frr)
        monkeypatch.setattr(watch, "GatewayProbe", lambda *_: self.probe)
        monkeypatch.setattr(watch, "ClosedNetworkProbe", lambda *_: self.probe)
        monkeypatch.setattr(watch, "Release", lambda _: self.release)
        monkeypatch.setattr(watch, "Daemons", lambda _: SimpleNamespace(dead=lambda: self.dead))
        monkeypatch.setattr(kernel_routes, "reached_over", lambda devices: self.over.append(devices) or self.reached)
        self.watch = Watch(router.machine, lambda: self.now_s)  # type: ignore[arg-type]

    def tick(self, after_s: float = TICK_S) -> Lines:
        """One tick; gives the lines that are in force after it."""
        self.now_s += after_s
        self.watch.tick()
        return self.router.machine.lines.now

    def ticks(self, seconds: float) -> Lines:
        """As many as take so long."""
        for _ in range(round(seconds / TICK_S)):
            self.tick()
        return self.router.machine.lines.now


def installed(router: FakeRouter, agent: dict) -> None:
    """As if this bundle had been applied."""
    for name, text in {**FILES, "etc/flets-to-vpc/agent.json": json.dumps(agent)}.items():
        path = router.paths.at(f"/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

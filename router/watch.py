"""`flets-to-vpc watch`: judges from moment to moment whether this router can carry the path, and acts on it.

Resident, standard library only, and at real-time priority: what detects must not wait for the CPU.
It sleeps until bfdd tells of a change, a probe comes back, or something is due.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from router import kernel_routes, notify
from router.aws_side import SHUT, AwsSide
from router.bfd_events import BfdEvents
from router.closed_network import ClosedNetworkProbe
from router.daemons import Daemons
from router.errors import AgentError, FrrError
from router.frr import BgpSession, Frr
from router.gateway_leg import GatewayProbe
from router.machine import Machine
from router.moves import Moves
from router.observed import Judgement, Observed
from router.release import Release
from router.sakura_side import SakuraSide
from router.track_file import TrackFile

T = TypeVar("T")

TICK_S = 0.04
"""How often bfdd is asked while it tells nothing by itself."""
STATES_EVERY_S = 0.5
"""And while it does: what it forgot to tell is found, and that it hangs."""
SESSIONS_EVERY_S = 0.1
ROUTES_EVERY_S = 0.2
PACKETS_EVERY_S = 1.0
DAEMONS_EVERY_S = 0.2
ALIVE_EVERY_S = 1.0
FRR_ANSWERS_WITHIN_S = 0.3
"""A daemon that hangs must not stop the probes for long."""
PATIENCE_WITH_FRR_S = 1.0
"""A daemon that answers nothing for so long carries nothing."""
PROBE_EVERY_S = 0.1
PROBES_MISSED = 3
"""Where BFD is off; else its own interval and multiplier are used."""
LATE_S = 0.05
"""Who wakes so much late has neither asked nor listened meanwhile, so that silence proves nothing."""
ENTER_EVERY_S = 0.2


class Watch:
    """One run of the service."""

    def __init__(self, machine: Machine, clock: Callable[[], float] = time.monotonic) -> None:
        self._machine = machine
        self._clock = clock
        self._frr = Frr(machine.paths, machine.run, FRR_ANSWERS_WITHIN_S)
        self._moves = Moves(machine.paths)
        # As text: making paths anew each time would cost as much as all the rest.
        self._draining_flag = os.fspath(machine.paths.draining_flag)
        self._reloaded_flag = os.fspath(machine.paths.reloaded_flag)
        self._now_s = self._planned_s = clock()
        self._due_s: dict[str, float] = {}
        self._events = BfdEvents(machine.paths.frr_run / "bfdd.sock", self._now_s)
        self._bfd: dict[str, str] = {}
        self._bgp: dict[str, BgpSession] = {}
        self._packets: int | None = None
        self._daemons = Daemons(machine.paths.frr_run)
        self._dead_daemons: tuple[str, ...] = ()
        self._answered_s = dict.fromkeys(("bfdd", "bgpd"), self._now_s)
        self._entered: tuple[int, int, int] | None = None
        self._taken_in: int | None = None
        """Of which reload the bundle's settings are in force here."""
        self._release = Release(machine.paths)
        self._track_file = TrackFile(machine.paths.track_file)
        self._agent = machine.agent()
        self._lines = machine.lines.now
        self._probe = self._new_probe()
        self._side = self._new_side()
        if self._was_ready():
            self._probe.assume(self._now_s)

    def run(self) -> None:
        """Never returns."""
        notify.ready()
        while True:
            self.tick()
            self.wait()

    def wait(self) -> None:
        """Until bfdd tells of a change, something is due, or a probe comes back to a leg that did not work."""
        while True:
            told, taps = self._events.sockets, self._probe.sockets
            readable, _, _ = select.select((*told, *taps), (), (), max(0.0, self._planned_s - self._clock()))
            now_s = self._clock()
            if now_s >= self._planned_s or not set(readable).isdisjoint(told) or not self._probe.is_well(now_s):
                return
            # As nearly always: what works is heard once more, and nothing else has changed.
            self._probe.listen(now_s)
            self._planned_s = self._next_s()

    def tick(self) -> None:
        """Looks, judges, acts."""
        # Some time must pass as planned between any two, or an agent that is always late would never see a silence.
        planned_s = max(self._planned_s, self._now_s + TICK_S)
        self._now_s = self._clock()
        late_s = self._now_s - planned_s
        if late_s > LATE_S:
            self._probe.forgive(late_s)
        if self._is_due("alive", ALIVE_EVERY_S):
            notify.alive()
            self._release.reap()
        try:
            self._look()
            self._enter_anew()
            self._act(self._side.judge(self._observed()))
        except AgentError as error:
            self._moves.complain(str(error), self._now_s)
        self._planned_s = self._next_s()

    def _next_s(self) -> float:
        """When something is due, should nobody call before."""
        due_s = [self._due_s["probe"], self._due_s["sessions"]]
        if not self._events.is_open:
            due_s.append(self._due_s["poll"])
        return min(*due_s, self._probe.next_silence_s(self._now_s))

    def _new_probe(self) -> GatewayProbe | ClosedNetworkProbe:
        if self._agent.gateway is not None:
            return GatewayProbe(self._agent, self._agent.gateway, self._limit_s(), self._now_s)
        if self._agent.closed_network is not None:
            return ClosedNetworkProbe(self._agent.closed_network, self._limit_s(), self._now_s)
        raise AgentError("agent.json names neither a gateway nor a closed network; the bundle must be rendered anew")

    def _new_side(self) -> AwsSide | SakuraSide:
        if self._agent.gateway is not None:
            return AwsSide(self._agent, self._agent.gateway, self._lines)
        return SakuraSide(self._agent, self._lines)

    def _probe_every_s(self) -> float:
        return self._agent.bfd_interval_ms / 1000 or PROBE_EVERY_S

    def _limit_s(self) -> float:
        return self._probe_every_s() * (self._agent.bfd_multiplier if self._agent.bfd_interval_ms else PROBES_MISSED)

    def _was_ready(self) -> bool:
        """An earlier run of the agent left it so: nobody is to notice that there is another one now."""
        if self._agent.gateway is not None:
            return self._lines.sibling_up
        return self._track_file.says_that_it_works()

    def _is_due(self, name: str, every_s: float) -> bool:
        if self._now_s < self._due_s.get(name, 0.0):
            return False
        # Counted from when it was due: what ticks put off must not add up, or three probes take the time of four.
        self._due_s[name] = max(self._due_s.get(name, self._now_s) + every_s, self._now_s)
        return True

    def _look(self) -> None:
        self._probe.listen(self._now_s)
        if self._is_due("probe", self._probe_every_s()):
            self._probe.ask(self._now_s)
        before = self._bfd
        if self._is_bfdd_to_be_asked():
            self._bfd = self._asked("bfdd", self._frr.bfd_states, self._bfd)
            if self._answered_s["bfdd"] < self._now_s:
                self._events.close()  # who does not answer will not tell either
        if self._is_due("sessions", SESSIONS_EVERY_S) or before != self._bfd:
            self._bgp = self._asked("bgpd", self._frr.bgp_sessions, self._bgp)
        if self._is_due("daemons", DAEMONS_EVERY_S):
            self._dead_daemons = self._daemons.dead()
            if "bgpd" in self._dead_daemons:
                self._bgp = {}  # zebra takes a dead one's routes away at once
        sibling = self._agent.sibling_bfd
        if sibling is None or self._bfd.get(sibling) != SHUT:
            self._packets = None
        elif self._is_due("packets", PACKETS_EVERY_S):
            self._packets = self._asked("bfdd", self._frr.bfd_packets, {}).get(sibling)

    def _is_bfdd_to_be_asked(self) -> bool:
        is_news = self._events.any_news(self._now_s)
        is_due = self._is_due("states", STATES_EVERY_S) if self._events.is_open else self._is_due("poll", TICK_S)
        return is_news or is_due

    def _asked(self, daemon: str, ask: Callable[[], dict[str, T]], before: dict[str, T]) -> dict[str, T]:
        """What a daemon says; what it said before, while it may still come to it; nothing of one that hangs."""
        try:
            seen = ask()
        except FrrError:
            return before if self._now_s - self._answered_s[daemon] < PATIENCE_WITH_FRR_S else {}
        self._answered_s[daemon] = self._now_s
        return seen

    def _observed(self) -> Observed:
        return Observed(
            now_s=self._now_s,
            bfd=self._bfd,
            bgp=self._bgp,
            leg_silent=self._probe.is_silent(self._now_s),
            leg_well=self._probe.is_well(self._now_s),
            leg_ever=self._probe.ever,
            out_silent=self._probe.is_out_silent(self._now_s),
            out_well=self._probe.is_out_well(self._now_s),
            sibling_packets=self._packets,
            draining=os.path.exists(self._draining_flag),
            dead_daemons=self._dead_daemons,
            diagnostic=self._diagnostic,
        )

    def _diagnostic(self) -> str:
        with contextlib.suppress(FrrError):
            session = self._frr.bfd_sessions().get(self._agent.sibling_bfd or "")
            return session.diagnostic if session else ""
        return ""

    def _enter_anew(self) -> None:
        """Whenever FRR, its configuration or the bundle is another one than the lines were entered into."""
        reloaded = os.stat(self._reloaded_flag).st_mtime_ns if os.path.exists(self._reloaded_flag) else 0
        if self._taken_in not in (None, reloaded):
            self._take_in_bundle()
        self._taken_in = reloaded
        state = (self._frr.vty("bfdd").connections, self._frr.vty("bgpd").connections, reloaded)
        if state == self._entered or not self._is_due("enter", ENTER_EVERY_S):
            return
        # A daemon that has just started has not read its file yet.
        sibling = self._agent.sibling_bfd
        if (sibling is None or sibling in self._bfd) and set(self._agent.bgp_neighbors) <= set(self._bgp):
            self._machine.lines.enter(self._frr, self._agent)
            if self._entered is not None:
                self._side.raised_anew(self._now_s)
            self._entered = state

    def _take_in_bundle(self) -> None:
        before, self._agent = self._agent, self._machine.agent()
        if before == self._agent:
            return
        self._side = self._new_side()
        legs = (before.gateway, before.closed_network, before.loopback, before.bfd_interval_ms, before.bfd_multiplier)
        now = self._agent
        if legs != (now.gateway, now.closed_network, now.loopback, now.bfd_interval_ms, now.bfd_multiplier):
            self._probe = self._new_probe()
            if self._was_ready():
                self._probe.assume(self._now_s)

    def _act(self, judgement: Judgement) -> None:
        wanted = replace(judgement.lines, halves=self._halves(judgement) if judgement.takeover else ())
        if self._agent.closed_network is not None:
            self._track_file.follow(judgement, self._now_s)
        if wanted != self._lines:
            self._lines = wanted
            try:
                self._machine.lines.change(self._frr, self._agent, wanted)
            except FrrError:
                self._entered = None
                raise
            finally:
                self._moves.note(judgement, wanted)
        else:
            self._moves.note(judgement, wanted)
        if judgement.ready:
            self._release.when_ready()
        if judgement.stale_session:
            self._frr.set_up_anew(judgement.stale_session)

    def _halves(self, judgement: Judgement) -> tuple[str, ...]:
        """Of what this router reaches over its own tunnels: any other half would be a black hole.

        One that carries nothing adds none: it may not see that its sibling is back.
        """
        if self._agent.gateway is None or (self._lines.halves and not self._is_due("routes", ROUTES_EVERY_S)):
            return self._lines.halves
        reached = kernel_routes.reached_over({end.interface for end in self._agent.wireguard})
        return tuple(
            str(half)
            for half, whole in sorted(self._agent.gateway.halves)
            if any(network.subnet_of(whole) for network in reached)
            and (judgement.carries or str(half) in self._lines.halves)
        )


def watch(machine: Machine) -> None:
    """Judges for ever. Raises AgentError when there is no bundle yet."""
    machine.paths.make_own_folders()
    Watch(machine).run()

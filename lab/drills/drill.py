"""One run, inside the lab: probes, a fault, its mending, and what they cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from lab.drills import agent, calm, flaps, loops, sizes
from lab.drills.faults.chaos import sequence
from lab.drills.faults.fault import Breakable, Fault
from lab.drills.line import UNDISTURBED_S, run_line, sum_line
from lab.drills.probes.stream import AT_MOST_S, Stream
from lab.drills.rows import Row
from lab.drills.steps import Steps
from lab.drills.witness import Witness
from lab.errors import LabFault
from lab.proof.flows import Endpoint, Place
from lab.proof.scene import Scene

PROBES = Path("/run/wireguard/drills")
"""On a tmpfs of the lab's own."""
WITNESSED = PROBES.with_name("witness")
AS_BEFORE_WITHIN_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Between whom the probes of a run go."""

    site: Endpoint
    vpc: Endpoint


class Drill:
    """Runs on one lab, and what that lab looked like before the first of them."""

    def __init__(self, lab: Breakable) -> None:
        self._lab = lab
        self._before = calm.look(lab)
        self._is_calm = True
        """Seen so, and nothing was done since: looks take seconds."""
        self._happened: dict[str, int] = {}
        """How often each flap had happened when they were last counted, and nothing was done since: a soak has many
        parts, and what happens between two of them counts too."""

    def prepare(self, gateway_reaction_s: int) -> None:
        """Gives the gateway its reaction time, and waits until that has disturbed nobody any more. Raises LabFault."""
        if self._lab.scene().fabric.react_within(gateway_reaction_s):
            self._is_calm = False
        if not self._is_calm and (left := self._wait_until_as_before()):
            raise LabFault(f"the lab is not as before: {'; '.join(left)}")
        self._is_calm = False

    def _wait_until_as_before(self) -> tuple[str, ...]:
        """Nothing, or what is not when the time is up."""
        left = calm.wait(self._lab, self._before, AS_BEFORE_WITHIN_S)
        self._is_calm = not left
        return left

    def run(self, row: Row, fault: Fault, ends: Ends) -> dict[str, Any]:
        """One run's part of its line in `runs.jsonl`. Raises LabFault for a lab in which nothing can be measured."""
        stream, witness = Stream(PROBES, ends.site, ends.vpc), Witness(WITNESSED, self._lab)
        before, self._happened = loops.read(self._routers()), {}
        with witness.running(), stream.running():
            if row.prelude is not None:
                row.prelude(self._lab, fault.instance)
            else:
                time.sleep(UNDISTURBED_S + 0.2)
            broken_ns = time.monotonic_ns()
            fault.inflict(self._lab)
            stuck = self._stay(row, stream)
            off = self._lab.scene().off
            mended_ns = time.monotonic_ns()
            fault.mend(self._lab)
            if row.loses_to_the_end:
                mended_ns = time.monotonic_ns()
            left = self._wait_until_as_before()
            time.sleep(UNDISTURBED_S)
            ended_ns = time.monotonic_ns()
        looped = loops.line(loops.since(before, loops.read(self._routers())))
        line = run_line(stream.directions, broken_ns, mended_ns, ended_ns)
        told = witness.stamps(broken_ns, mended_ns, without=off)
        return line | looped | {"stamps": told, "not_as_before": [*stuck, *left]}

    def sizes(self, row: Row, fault: Fault, ends: Ends) -> dict[str, Any]:
        """What every path carries before the fault and while it lasts; TCP fills them, so no outage is measured."""
        self._happened = {}
        before = sizes.prove(self._lab.scene())
        stream = Stream(PROBES, ends.site, ends.vpc)
        with stream.running():
            fault.inflict(self._lab)
            stuck = self._stay(row, stream)
        after = sizes.prove(self._lab.scene())
        fault.mend(self._lab)
        left = self._wait_until_as_before()
        return {"valid": True, "why": "", "sizes": {"before": before, "after": after}, "not_as_before": [*stuck, *left]}

    def chaos(self, seed: str, ends: Ends) -> dict[str, Any]:
        """Many faults and mendings; where the plan's graph still has a path, traffic must flow again after each."""
        stream, witness = Stream(PROBES, ends.site, ends.vpc), Witness(WITNESSED, self._lab)
        before, steps = loops.read(self._routers()), sequence(seed)
        self._happened = {}
        doing = Steps(self._lab, stream)
        with witness.running(), stream.running():
            time.sleep(UNDISTURBED_S + 0.2)
            for step in steps:
                doing.do(step)
            left = self._wait_until_as_before()
            time.sleep(UNDISTURBED_S)
            moments = [*doing.moments, time.monotonic_ns()]
        looped = loops.line(loops.since(before, loops.read(self._routers())))
        line = sum_line(stream.directions, moments, steps)
        for told, step, (since_ns, until_ns) in zip(line["steps"], steps, pairwise(moments), strict=True):
            told["stamps"] = witness.stamps(since_ns, until_ns, without=step.taken)
        return line | looped | {"not_as_before": [*doing.stuck, *left]}

    def undisturbed(self, row: Row, ends: Ends) -> dict[str, Any]:
        """The same without a fault: how even the probes arrive on this machine."""
        scene = self._lab.scene()
        stream, before = Stream(PROBES, ends.site, ends.vpc), self._happened or flaps.read(scene)
        used_s = agent.used_s(scene)
        with stream.running():
            started_ns = time.monotonic_ns()
            time.sleep(row.lasts_s or UNDISTURBED_S)
            ended_ns = time.monotonic_ns()
        agent_percent = agent.percent(used_s, agent.used_s(scene), (ended_ns - started_ns) / 1e9)
        gaps_ms = sorted(gap for one in stream.directions.values() for gap in one.gaps_ms(started_ns, ended_ns))
        jitter = {"p99_ms": round(gaps_ms[len(gaps_ms) * 99 // 100], 1), "max_ms": round(gaps_ms[-1], 1)}
        line = run_line(stream.directions, started_ns, ended_ns, ended_ns)
        self._happened = flaps.read(scene)
        seen = {"jitter": jitter, "agent_percent": agent_percent, "flaps": flaps.since(before, self._happened)}
        return line | {"not_as_before": []} | seen

    def _routers(self) -> list[str]:
        """Where a packet that goes in circles passes again and again."""
        scene = self._lab.scene()
        return sorted({node.netns for node in scene.fabric.nodes} | set(scene.fabric.gateways))

    def _stay(self, row: Row, stream: Stream) -> tuple[str, ...]:
        """Waits while the fault lasts: until every flow arrives again, where nothing else is stated.

        Nothing, or in words that they did not.
        """
        if row.lasts_s is not None:
            time.sleep(row.lasts_s)
            return ()
        return () if stream.flows_again() else (f"no traffic within {AT_MOST_S:.0f} s of the fault",)


def ends_in(scene: Scene, *, is_bgp: bool, not_in_zone_of: str = "") -> Ends:
    """A site of the wished kind and a VPC's host, in another zone than a router's where one is named.

    Raises LabFault where the stack has no such ends.
    """
    kinds = {site.name: site.is_bgp for site in scene.fabric.sites}
    zone = next((node.zone for node in scene.fabric.nodes if node.name == not_in_zone_of), None)
    zones = {host.netns: host.zone for host in scene.fabric.hosts}
    sites = [place for place in scene.sites() if kinds[place.name] is is_bgp]
    hosts = [end for place in scene.vpcs() for end in place.endpoints if zones[end.netns] != zone]
    if not sites or not hosts:
        raise LabFault(f"the stack has no {'BGP' if is_bgp else 'routed'} site, or no VPC's host, to drill with")
    return Ends(site=_first(sites), vpc=hosts[0])


def _first(places: list[Place]) -> Endpoint:
    return places[0].endpoints[0]

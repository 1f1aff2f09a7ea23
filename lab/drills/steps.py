"""The steps of chaos in a running lab, one after another, and when each of them was done."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address

from lab.drills.faults.chaos import Step, has_path
from lab.drills.faults.fault import AWS, ROUTERS, SAKURA, Breakable
from lab.drills.faults.power import COMES_BACK_WITHIN_S
from lab.drills.probes.stream import AT_LEAST_S, Stream
from lab.proof.facts import NodeFacts
from lab.proof.hops import HopMap
from lab.proof.proving import read_facts
from lab.proof.redundancy import ESTABLISHED
from lab.proof.scene import Scene

LOOK_EVERY_S = 0.5
DRAINED = "it is drained"
"""A router's word for it; such a one carries what has no other way."""


class Steps:
    """What was done so far."""

    def __init__(self, lab: Breakable, stream: Stream) -> None:
        self._lab, self._stream = lab, stream
        self._taken: frozenset[str] = frozenset()
        self._mended: frozenset[str] = frozenset()
        self.moments: list[int] = []
        """When each step was begun, in nanoseconds of CLOCK_MONOTONIC."""
        self.stuck: list[str] = []
        """What did not come back, in words."""

    def do(self, step: Step) -> None:
        """Inflicts or mends, and waits until traffic flows again, where it can."""
        if step.has_path and not step.is_mending:
            self._await_path(step)
        self.moments.append(time.monotonic_ns())
        (step.element.fault.mend if step.is_mending else step.element.fault.inflict)(self._lab)
        if not step.has_path:
            time.sleep(AT_LEAST_S)
        elif not self._stream.flows_again():
            self.stuck.append(f"no traffic after: {step.words}")
        self._mended |= step.element.takes if step.is_mending else frozenset()
        self._taken = step.taken

    def _await_path(self, step: Step) -> None:
        """A path that the plan's graph has only over what was just mended is there when that carries again."""
        deadline = time.monotonic() + COMES_BACK_WITHIN_S
        gone = self._mended
        while not has_path(step.taken | gone):
            if time.monotonic() > deadline:
                self.stuck.append(f"not back before: {step.words}: {', '.join(sorted(gone - self._taken))}")
                return
            gone = missing(self._lab.scene(), without=self._taken)
            time.sleep(LOOK_EVERY_S)


def missing(scene: Scene, without: Collection[str]) -> frozenset[str]:
    """Parts of the plan's graph that do not carry now, as their routers say; of those `without` none is asked."""
    asked = {name: booted for name, booted in scene.booted.items() if name not in without}
    facts = read_facts(replace(scene, booted=asked))
    silent = frozenset(ROUTERS) - facts.keys()
    return silent | frozenset(lacking(list(facts.values()), scene.hop_map()))


def _sibling(router: str) -> str:
    return next(name for pair in (AWS, SAKURA) if router in pair for name in pair if name != router)


def _carries(facts: NodeFacts) -> bool:
    return facts.has_bundle and set(facts.why_not_ready) <= {DRAINED}


def lacking(routers: Sequence[NodeFacts], hops: HopMap) -> Iterator[str]:
    """What these routers lack: themselves where they are not ready, and every link whose sessions are not up."""
    for facts in routers:
        if not _carries(facts):
            yield facts.name
        down = {
            *(peer for peer in facts.wanted_bgp if facts.bgp.get(peer) != ESTABLISHED),
            *(peer for peer in facts.wanted_bfd if facts.bfd.get(peer) != "up"),
        }
        for peer in down:
            device = facts.device_towards(peer) or ""
            link = hops.link(facts.name, device)
            if link == "closed-network":
                yield f"closed:{facts.name}"
            elif link:
                yield link
            elif any(other.holds(IPv4Address(peer)) and _carries(other) for other in routers):
                yield facts.name  # its sibling carries, and it does not know that yet
        if facts.takeover:
            yield _sibling(facts.name)  # whatever it announces for itself: the gateway takes the halves

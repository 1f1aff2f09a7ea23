"""One run, inside the lab: probes, a fault, its mending, and what they cost."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.drills import calm
from lab.drills.faults.fault import Breakable, Fault
from lab.drills.measure import Direction
from lab.drills.probes.stream import Stream
from lab.drills.rows import Row
from lab.errors import LabFault
from lab.proof.flows import Endpoint, Place
from lab.proof.scene import Scene

PROBES = Path("/run/wireguard/drills")
"""On a tmpfs of the lab's own."""
UNDISTURBED_S = 1.0
"""Before the fault; a run in which this second is not quiet says nothing of the fault."""
QUIET_GAP_MS = 50.0
AT_LEAST_S = 2.0
"""A fault stays so long, also where nothing was lost."""
AT_MOST_S = 45.0
"""Longer than the gateway's hold time: a direction that is black until then is measured to its end."""
AS_BEFORE_WITHIN_S = 180.0
LOOK_EVERY_S = 0.1
TRACE_FROM_MS, TRACE_BIN_MS, TRACE_AT_MOST_MS = -1000, 20, 45_000


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Between whom the probes of a run go."""

    site: Endpoint
    vpc: Endpoint


class Drill:
    """Runs on one lab, and what that lab looked like before the first of them."""

    def __init__(self, lab: Breakable) -> None:
        self._lab = lab
        self._before = calm.look(lab.scene())

    def prepare(self, gateway_reaction_s: int) -> None:
        """Gives the gateway its reaction time, and waits until that has disturbed nobody any more. Raises LabFault."""
        self._lab.scene().fabric.react_within(gateway_reaction_s)
        if left := calm.wait(self._lab.scene, self._before, AS_BEFORE_WITHIN_S):
            raise LabFault(f"the lab is not as before: {'; '.join(left)}")

    def run(self, row: Row, fault: Fault, ends: Ends) -> dict[str, Any]:
        """One run's part of its line in `runs.jsonl`. Raises LabFault for a lab in which nothing can be measured."""
        stream = Stream(PROBES, ends.site, ends.vpc)
        with stream.running():
            time.sleep(UNDISTURBED_S + 0.2)
            broken_ns = time.monotonic_ns()
            fault.inflict(self._lab)
            self._stay(row, stream)
            mended_ns = time.monotonic_ns()
            fault.mend(self._lab)
            left = calm.wait(self._lab.scene, self._before, AS_BEFORE_WITHIN_S)
            time.sleep(UNDISTURBED_S)
            ended_ns = time.monotonic_ns()
        return _line(stream.directions, broken_ns, mended_ns, ended_ns) | {"not_as_before": list(left)}

    def undisturbed(self, row: Row, ends: Ends) -> dict[str, Any]:
        """The same without a fault: how even the probes arrive on this machine."""
        stream = Stream(PROBES, ends.site, ends.vpc)
        with stream.running():
            started_ns = time.monotonic_ns()
            time.sleep(row.lasts_s or AT_LEAST_S)
            ended_ns = time.monotonic_ns()
        gaps_ms = sorted(gap for one in stream.directions.values() for gap in one.gaps_ms(started_ns, ended_ns))
        jitter = {"p99_ms": round(gaps_ms[len(gaps_ms) * 99 // 100], 1), "max_ms": round(gaps_ms[-1], 1)}
        line = _line(stream.directions, started_ns, ended_ns, ended_ns)
        return line | {"not_as_before": [], "jitter": jitter}

    def _stay(self, row: Row, stream: Stream) -> None:
        """Waits while the fault lasts: until every flow arrives again, where nothing else is stated."""
        started = time.monotonic()
        if row.lasts_s is not None:
            time.sleep(row.lasts_s)
            return
        while time.monotonic() - started < AT_MOST_S:
            time.sleep(LOOK_EVERY_S)
            if stream.flows_freely() and time.monotonic() - started >= AT_LEAST_S:
                return


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


def _line(directions: dict[str, Direction], broken_ns: int, mended_ns: int, ended_ns: int) -> dict[str, Any]:
    quiet_ns = broken_ns - int(UNDISTURBED_S * 1e9)
    gap_ms = max(max(one.gaps_ms(quiet_ns, broken_ns)) for one in directions.values())
    mending = [one.figures(mended_ns, ended_ns) for one in directions.values()] if ended_ns > mended_ns else []
    return {
        "valid": gap_ms <= QUIET_GAP_MS,
        "why": "" if gap_ms <= QUIET_GAP_MS else f"a flow was silent for {gap_ms:.0f} ms before the fault",
        "seconds": {"fault": _seconds(broken_ns, mended_ns), "mend": _seconds(mended_ns, ended_ns)},
        "gap_before_ms": round(gap_ms, 1),
        **{name: asdict(one.figures(broken_ns, mended_ns)) for name, one in directions.items()},
        "mend": {"lost": sum(one.lost for one in mending), "sent": sum(one.sent for one in mending)},
        "received": {name: _trace(one, broken_ns, mended_ns) for name, one in directions.items()},
    }


def _seconds(since_ns: int, until_ns: int) -> float:
    return round((until_ns - since_ns) / 1e9, 2)


def _trace(direction: Direction, broken_ns: int, mended_ns: int) -> dict[str, Any]:
    """Probes received around the fault, for the pictures."""
    until_ns = min(mended_ns, broken_ns + TRACE_AT_MOST_MS * 1_000_000)
    counts = direction.received(broken_ns + TRACE_FROM_MS * 1_000_000, until_ns, TRACE_BIN_MS)
    return {"from_ms": TRACE_FROM_MS, "bin_ms": TRACE_BIN_MS, "counts": counts}

"""A seeded sequence of faults and mendings, some of them at the same time, and whether a working path is left: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from lab.drills.faults import links
from lab.drills.faults.daemons import AgentKilled, Hung, Killed, SessionReset, WrongKey
from lab.drills.faults.fault import AWS, ROUTERS, SAKURA, TUNNELS, Fault
from lab.drills.faults.planned import Drain, Reboot
from lab.drills.faults.power import PowerOff

AT_ONCE = 3
"""Faults that last at the same time, at most."""
FAULTS_OF_A_RUN = 6


@dataclass(frozen=True, kw_only=True)
class Element:
    """A fault, and which parts of the plan's graph it takes away while it lasts."""

    name: str
    fault: Fault
    takes: frozenset[str]
    """Routers, `closed:sakura-x`, `tunnel:sakura-x/aws-y`, `gre:aws-y`."""
    machine: str = ""
    """The router that has to run when the fault is inflicted and mended."""
    is_planned: bool = False
    """Nobody does it while something is broken: a router would refuse, or wait. What breaks then is another matter."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing done, and what is broken after it."""

    element: Element
    is_mending: bool
    taken: frozenset[str]

    @property
    def words(self) -> str:
        """For the report."""
        return f"{'mend' if self.is_mending else 'inflict'} {self.element.name}"

    @property
    def has_path(self) -> bool:
        """Whether the plan's graph still leads from the sites to the VPCs."""
        return has_path(self.taken)


def has_path(taken: Iterable[str]) -> bool:
    """Whether some Sakura router, tunnel and AWS router are whole, with both their outer sides."""
    gone = set(taken)
    return any(
        not gone & {sakura, f"closed:{sakura}", f"tunnel:{sakura}/{aws}", aws, f"gre:{aws}"}
        for sakura, aws in product(SAKURA, AWS)
    )


def _tunnels_of(router: str) -> frozenset[str]:
    return frozenset(f"tunnel:{sakura}/{aws}" for sakura, aws in TUNNELS if router in (sakura, aws))


def _machine(name: str, router: str, fault: Fault) -> Element:
    return Element(name=name, fault=fault, takes=frozenset({router}), machine=router)


def _of_machines() -> Iterator[Element]:
    """A killed daemon comes back by itself, and until it is mended nothing is asked of its router."""
    for router in ROUTERS:
        yield _machine(f"power off {router}", router, PowerOff(router))
        yield _machine(f"hang the daemons of {router}", router, Hung(router))
        for daemon in ("bgpd", "bfdd", "zebra", *(("keepalived",) if router in SAKURA else ())):
            yield _machine(f"kill {daemon} of {router}", router, Killed(instance=router, daemon=daemon))
        yield replace(_machine(f"reboot {router}", router, Reboot(router)), is_planned=True)
        # These take nothing away: who lost its agent forwards on, who is drained carries what has no other way.
        agent, drain = AgentKilled(router), Drain(router)
        yield replace(_machine(f"kill the agent of {router}", router, agent), takes=frozenset())
        yield replace(_machine(f"drain {router}", router, drain), takes=frozenset(), is_planned=True)


def _of_links() -> Iterator[Element]:
    for router in ROUTERS:
        yield Element(
            name=f"cut the Internet side of {router}", fault=links.internet_side(router), takes=_tunnels_of(router)
        )
    for sakura, aws in TUNNELS:
        takes = frozenset({f"tunnel:{sakura}/{aws}"})
        yield Element(name=f"cut tunnel {sakura}/{aws}", fault=links.tunnel(sakura, aws), takes=takes)
        for one, other in ((sakura, aws), (aws, sakura)):
            yield Element(name=f"cut tunnel {one}>{other}", fault=links.tunnel_one_way(one, other), takes=takes)
        key = WrongKey(sakura, f"wg-{aws}-0")
        yield Element(name=f"wrong key on {sakura}/{aws}", fault=key, takes=takes, machine=sakura)
    for sakura in SAKURA:
        takes = frozenset({f"closed:{sakura}"})
        yield Element(name=f"cut the closed network of {sakura}", fault=links.closed_side(sakura), takes=takes)
    for aws in AWS:
        takes = frozenset({f"gre:{aws}"})
        yield Element(name=f"cut the VPC side of {aws}", fault=links.vpc_side(aws), takes=takes)
        yield Element(name=f"cut GRE of {aws}", fault=links.gre(aws), takes=takes)
        yield Element(name=f"reset a gateway session of {aws}", fault=SessionReset(aws), takes=frozenset())


ELEMENTS = (*_of_machines(), *_of_links())
"""All that chaos may break."""


def sequence(seed: str) -> list[Step]:
    """The steps of a run: the same for the same seed. At its end everything is mended."""
    draw = Random(seed)
    lasting: list[Element] = []
    steps: list[Step] = []
    inflicted = 0
    while inflicted < FAULTS_OF_A_RUN or lasting:
        free = [element for element in ELEMENTS if _is_free(element, lasting)]
        may_inflict = inflicted < FAULTS_OF_A_RUN and len(lasting) < AT_ONCE and bool(free)
        is_mending = not may_inflict or (bool(lasting) and draw.random() < 0.4)
        element = draw.choice(lasting if is_mending else free)
        if is_mending:
            lasting.remove(element)
        else:
            lasting.append(element)
            inflicted += 1
        taken = frozenset().union(*(one.takes for one in lasting))
        steps.append(Step(element=element, is_mending=is_mending, taken=taken))
    return steps


def _is_free(element: Element, lasting: Sequence[Element]) -> bool:
    """Nothing is broken twice, and nothing is done to the daemons of a machine that something else was done to.

    Nor to what a drained router needs to be ready again: to undrain waits for that.
    """
    if lasting and element.is_planned:
        return False
    machines = {one.machine for one in lasting if one.machine}
    planned = {one.machine for one in lasting if one.is_planned}
    takes_of_planned = any(router in taken for router in planned for taken in element.takes)
    return element not in lasting and element.machine not in machines and not takes_of_planned

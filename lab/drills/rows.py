"""The rows of the report: one for each kind of fault, with what its runs take in turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab.drills.faults import links
from lab.drills.faults.daemons import WATCH_UNIT, AgentKilled, Hung, Killed, SessionReset, WrongKey
from lab.drills.faults.fault import AWS, ROUTERS, SAKURA, TUNNELS, Breakable, Fault, Together
from lab.drills.faults.planned import ChangedBundle, Drain, Reboot, UnchangedBundle
from lab.drills.faults.power import PowerOff, off_and_back

DIAGONAL = "diagonal"
HEADLINE_RUNS = 30
OTHER_RUNS = 5
SITE_KINDS = 2
"""Routed and BGP."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind of fault."""

    name: str
    fault: str
    """In words."""
    instances: tuple[Fault, ...]
    is_headline: bool = False
    lasts_s: float | None = None
    """How long the fault stays; None: until every flow arrives again."""

    loses_to_the_end: bool = False
    """Some packets are lost for as long as the fault stays, so its mending begins when it is off."""
    prelude: Callable[[Breakable, str], None] | None = None
    """What is done to a router, by its name, while probes already go; the fault comes right after it.

    It takes longer than a second, and the last one must be undisturbed as before any fault.
    """
    needs: tuple[str, ...] = ()
    """A command that succeeds on every router where the row can be done; elsewhere it is skipped, and says so."""
    is_planned: bool = False
    """Nothing may be lost, neither while it lasts nor on its mending."""
    takes_a_zone: bool = False
    """What it breaks has its router's zone with it: the VPC's host is in another one."""

    def instance(self, number: int) -> str:
        """What the run of this number breaks, by name; empty where that is drawn."""
        return self.instances[number % len(self.instances)].instance if self.instances else ""

    @property
    def sizes_name(self) -> str:
        """The row's name in the line that tells what the path carries."""
        return f"{self.name} sizes"

    @property
    def runs(self) -> int:
        """Valid runs that make the row."""
        return HEADLINE_RUNS if self.is_headline else self.first_runs

    @property
    def first_runs(self) -> int:
        """So many that each instance has met both kinds of site: what hits but one of them must not stay unseen."""
        return max(OTHER_RUNS, SITE_KINDS * len(self.instances))


CHAOS = Row(name="chaos", fault="chaos: seeded faults and mendings, some at the same time", instances=())
"""Its runs are drawn, so they take nothing in turn."""
NOTHING = Row(name="undisturbed", fault="nothing is broken", instances=(), lasts_s=10.0)
"""Tells the machine's own jitter."""
SOAK = Row(name="soak", fault="nothing is broken, and every processor is busy", instances=(), lasts_s=60.0)
"""A part of a soak: as long as its probes fit into memory with ease."""


def _diagonal(sakura: str, aws: str) -> Together:
    return Together(instance=f"{sakura} + {aws}", faults=(PowerOff(sakura), PowerOff(aws)))


def _zone(router: str) -> Together:
    return Together(instance=router, faults=(PowerOff(router), links.zone_of(router)))


def _gray(percent: int) -> Row:
    return Row(
        name=f"gray-loss-{percent}",
        fault=f"gray loss of {percent} % on one tunnel",
        instances=tuple(links.tunnel(*ends, percent=percent) for ends in TUNNELS),
        lasts_s=15.0,
        loses_to_the_end=True,
    )


def _killed(daemon: str, routers: tuple[str, ...] = ROUTERS) -> Row:
    instances = tuple(Killed(instance=router, daemon=daemon) for router in routers)
    return Row(name=f"{daemon}-killed", fault=f"kill -9 of {daemon}", instances=instances)


ROWS = (
    Row(
        name="aws-router-off",
        fault="power off an AWS router",
        instances=tuple(map(PowerOff, AWS)),
        is_headline=True,
    ),
    Row(
        name="sakura-router-off",
        fault="power off a Sakura router",
        instances=tuple(map(PowerOff, SAKURA)),
        is_headline=True,
    ),
    Row(
        name="tunnel-cut",
        fault="cut a tunnel, both ways",
        instances=tuple(links.tunnel(*ends) for ends in TUNNELS),
        is_headline=True,
    ),
    Row(
        name="tunnel-cut-one-way",
        fault="cut a tunnel, one way",
        instances=tuple(
            links.tunnel_one_way(*way) for sakura, aws in TUNNELS for way in ((sakura, aws), (aws, sakura))
        ),
        is_headline=True,
    ),
    Row(
        name=DIAGONAL,
        fault="diagonal double fault: a Sakura router and the other side's AWS router off",
        instances=(_diagonal("sakura-a", "aws-b"), _diagonal("sakura-b", "aws-a")),
        is_headline=True,
    ),
    Row(
        name="drain",
        fault="planned drain of a router",
        instances=tuple(map(Drain, ROUTERS)),
        is_headline=True,
        is_planned=True,
        needs=("flets-to-vpc", "drain", "--help"),
    ),
    Row(name="internet-cut", fault="cut a router's Internet side", instances=tuple(map(links.internet_side, ROUTERS))),
    Row(name="vpc-cut", fault="cut an AWS router's VPC side", instances=tuple(map(links.vpc_side, AWS))),
    Row(
        name="closed-network-cut",
        fault="cut a Sakura router's closed-network side",
        instances=tuple(map(links.closed_side, SAKURA)),
    ),
    Row(name="gre-cut", fault="drop GRE only", instances=tuple(map(links.gre, AWS))),
    Row(
        name="siblings-cut",
        fault="AWS siblings no longer hear each other: both take over",
        instances=(links.between_siblings(),),
        lasts_s=5.0,
    ),
    Row(name="gateway-session-reset", fault="reset a gateway session", instances=tuple(map(SessionReset, AWS))),
    _killed("bgpd"),
    _killed("bfdd"),
    _killed("zebra"),
    _killed("keepalived", SAKURA),
    Row(
        name="agent-killed",
        fault="kill -9 of the agent",
        instances=tuple(map(AgentKilled, ROUTERS)),
        needs=("systemctl", "is-active", "--quiet", WATCH_UNIT),
    ),
    Row(name="daemons-hung", fault="SIGSTOP of a router's daemons", instances=tuple(map(Hung, ROUTERS))),
    Row(
        name="wrong-key",
        fault="a wrong WireGuard key on one tunnel",
        instances=tuple(WrongKey(sakura, f"wg-{aws}-0") for sakura, aws in TUNNELS),
    ),
    Row(
        name="off-again",
        fault="power off a router that has just come back",
        instances=tuple(map(PowerOff, ROUTERS)),
        prelude=off_and_back,
    ),
    Row(name="zone-lost", fault="a zone lost", instances=tuple(map(_zone, AWS)), takes_a_zone=True),
    _gray(5),
    _gray(20),
    _gray(50),
    Row(name="reboot", fault="planned reboot of a router", instances=tuple(map(Reboot, ROUTERS)), is_planned=True),
    Row(
        name="bundle-unchanged",
        fault="roll-out of an unchanged bundle",
        instances=(UnchangedBundle(),),
        is_planned=True,
    ),
    Row(
        name="bundle-changed",
        fault="roll-out of a changed bundle: a site added",
        instances=(ChangedBundle(),),
        is_planned=True,
    ),
)
"""The first ones are the headline; of these the first three are measured for other profiles too."""


def row(name: str) -> Row:
    """The row of this name. Raises KeyError."""
    return {one.name: one for one in (NOTHING, SOAK, CHAOS, *ROWS)}[name]

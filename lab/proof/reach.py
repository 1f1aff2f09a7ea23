"""Asks from the routers for what they need besides tunnels and sessions: AWS's APIs, and the way back of the gateway.

Nothing of it is on the path, so that a path may be whole while a router can neither boot again nor tell a dead gateway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import permutations

from lab.errors import LabFault
from lab.fabric.internet import API_ADDRESS
from lab.proof.facts import NodeFacts
from lab.proof.hops import GRE_DEVICE
from lab.proof.result import Broken, Layer
from lab.proof.scene import Scene

ANSWERED_WITHIN_S = 2
TRIES = 3
TRY_EVERY_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something that a router asks, and what it says when nobody answers."""

    router: str
    argv: tuple[str, ...]
    """Exits with 0 when it was answered."""
    ends: tuple[frozenset[str], frozenset[str]]
    """Addresses of the router and of whom it asks, private and public ones: filters count either."""
    unanswered: Broken

    def concerns(self, source: str, destination: str) -> bool:
        """Whether a packet between these two addresses is one of the question or of its answer."""
        near, far = self.ends
        return (source in near and destination in far) or (source in far and destination in near)


def questions(scene: Scene, facts: Mapping[str, NodeFacts]) -> tuple[Question, ...]:
    """What the routers that run are to ask."""
    running = {name: found for name, found in facts.items() if found.has_bundle}
    pairs = permutations(sorted(name for name in running if name.startswith("aws-")), 2)
    return (
        *(_aws_api(scene, name) for name in sorted(running)),
        *(question for one, other in pairs for question in _gateway(scene, running[one], other)),
    )


def unanswered(scene: Scene, asked: Collection[Question]) -> tuple[Question, ...]:
    """Asks all at once and returns those that nobody answered."""

    def is_answered(question: Question) -> bool:
        try:
            return scene.booted[question.router].run(question.argv).returncode == 0
        except LabFault:
            return False

    with ThreadPoolExecutor(max_workers=len(asked) or 1) as pool:
        return tuple(q for q, is_ in zip(asked, pool.map(is_answered, asked), strict=True) if not is_)


def _addresses(scene: Scene, router: str) -> frozenset[str]:
    known = scene.routers[router]
    return frozenset(str(known[key]) for key in ("private_address", "public_address") if known.get(key))


def _aws_api(scene: Scene, router: str) -> Question:
    """Without it a router fetches no bundle, renews no credentials and hears of no change."""
    host = f"ssm.{scene.world.region}.amazonaws.com"
    connect = f"exec 3<>/dev/tcp/{host}/443"
    return Question(
        router=router,
        argv=("timeout", str(ANSWERED_WITHIN_S), "bash", "-c", connect),
        ends=(_addresses(scene, router), frozenset({str(API_ADDRESS.ip)})),
        unanswered=Broken(
            hop=router,
            rule=f"{scene.resource(router)}: reaches no AWS API",
            seen=f"{host} does not answer on tcp/443 within {ANSWERED_WITHIN_S} s",
            layer=Layer.LINK,
        ),
    )


def _gateway(scene: Scene, facts: NodeFacts, sibling: str) -> Iterator[Question]:
    """Out through GRE to the sibling's NIC, and back by the router VPC's attachment; who watches a leg asks so."""
    loopback = facts.loopback
    target = str(scene.routers[sibling]["private_address"])
    if loopback is None or GRE_DEVICE not in facts.devices:
        return
    hop = f"gre:{facts.name}"
    seen = f"{sibling} at {target} does not answer {loopback}"
    yield Question(
        router=facts.name,
        argv=(
            *("ping", "-n", "-q", "-c", str(TRIES), "-i", str(TRY_EVERY_S), "-W", "1"),
            *("-I", GRE_DEVICE, "-I", str(loopback), target),
        ),
        ends=(frozenset({str(loopback)}), _addresses(scene, sibling)),
        unanswered=Broken(
            hop=hop,
            rule=f"{scene.resource(hop)}: no answer to an echo through the gateway",
            seen=seen,
            layer=Layer.PACKETS,
            needs=(("gateway",), (sibling,)),
        ),
    )

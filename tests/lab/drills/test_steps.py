"""Chaos waits for what it mended before it leaves no other path, and names every step that took too long."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from typing import Any

import pytest

from lab.drills import steps
from lab.drills.faults.chaos import Element, Step
from lab.drills.line import sum_line
from lab.drills.measure import NS_PER_MS, Direction
from lab.drills.probes.record import PER_SECOND
from lab.drills.series import is_bad, told
from lab.drills.steps import Steps, lacking
from lab.proof.facts import Device, NodeFacts
from lab.proof.hops import HopMap
from router import observed
from tests.lab.drills.lines import line

HOPS = HopMap(places={name: name for name in ("aws-a", "aws-b", "sakura-a", "sakura-b")}, links={})
TUNNEL, SITE, SIBLING, GATEWAY = "10.1.0.2", "172.16.0.9", "10.9.1.5", "169.254.6.2"


def facts(name: str, **values: Any) -> NodeFacts:
    nothing = {
        "has_bundle": True, "bundle_version": "1", "last": "", "wanted_bgp": (), "wanted_bfd": (), "bgp": {},
        "bfd": {}, "handshake_age_s": {}, "listen_ports": {}, "devices": {}, "failed_units": (),
    }  # fmt: skip
    return NodeFacts(name=name, **{**nothing, **values})


def device(address: str) -> Device:
    return Device(mtu_bytes=1500, addresses=(IPv4Interface(address),))


SAKURA = {
    "wanted_bgp": (TUNNEL, SITE),
    "wanted_bfd": (TUNNEL, SITE),
    "devices": {"wg-aws-b-0": device("10.1.0.1/30"), "closed": device("172.16.0.2/24")},
}


@pytest.mark.parametrize(
    ("bgp", "bfd", "lacks"),
    [
        ({TUNNEL: "Established", SITE: "Established"}, {TUNNEL: "up", SITE: "up"}, set()),
        ({TUNNEL: "Active", SITE: "Established"}, {TUNNEL: "up", SITE: "up"}, {"tunnel:sakura-a/aws-b"}),
        ({TUNNEL: "Established", SITE: "Established"}, {TUNNEL: "down", SITE: "up"}, {"tunnel:sakura-a/aws-b"}),
        ({TUNNEL: "Established"}, {TUNNEL: "up", SITE: "up"}, {"closed:sakura-a"}),
    ],
)
def test_a_link_whose_sessions_are_not_up_does_not_carry(bgp, bfd, lacks):
    assert set(lacking([facts("sakura-a", bgp=bgp, bfd=bfd, **SAKURA)], HOPS)) == lacks


def test_an_aws_router_without_both_its_sessions_to_the_gateway_has_no_way_there():
    half = facts(
        "aws-a",
        wanted_bgp=(GATEWAY, "169.254.6.3"),
        bgp={GATEWAY: "Established"},
        devices={"gre-gateway": device("169.254.6.1/29")},
    )

    assert set(lacking([half], HOPS)) == {"gre:aws-a"}


def test_a_router_without_a_bundle_or_not_ready_does_not_carry():
    routers = [facts("aws-a", has_bundle=False), facts("sakura-b", why_not_ready=("no tunnel works",))]

    assert set(lacking(routers, HOPS)) == {"aws-a", "sakura-b"}


def test_a_router_that_is_merely_drained_carries_what_has_no_other_way():
    assert set(lacking([facts("aws-a", why_not_ready=(observed.DRAINED,))], HOPS)) == set()


def test_a_router_that_does_not_know_yet_that_its_sibling_is_there_cannot_take_over_for_it():
    lonely = facts("aws-a", wanted_bfd=(SIBLING,))
    sibling = facts("aws-b", devices={"internet": device(f"{SIBLING}/24")})

    assert set(lacking([lonely, sibling], HOPS)) == {"aws-a"}
    assert set(lacking([lonely], HOPS)) == set(), "a sibling that is broken is missed by nobody"


def test_a_router_carries_alone_while_its_sibling_is_not_ready():
    alone = facts("aws-a", wanted_bfd=(SIBLING,))
    sibling = facts("aws-b", why_not_ready=("no tunnel works",), devices={"internet": device(f"{SIBLING}/24")})

    assert set(lacking([alone, sibling], HOPS)) == {"aws-b"}


def test_what_a_router_announces_counts_when_its_siblings_takeover_has_ended():
    taking_over = facts("aws-a", takeover=("192.168.1.0/25",))

    assert set(lacking([taking_over, facts("aws-b")], HOPS)) == {"aws-b"}


@dataclass
class Lab:
    """Notes what is done to it, and of which parts it was asked."""

    done: list[str] = field(default_factory=list)

    def scene(self) -> None:
        """Nobody looks into it."""


@dataclass
class Noted:
    """A fault that notes what was done."""

    instance: str

    def inflict(self, lab: Lab) -> None:
        lab.done.append(f"inflict {self.instance}")

    def mend(self, lab: Lab) -> None:
        lab.done.append(f"mend {self.instance}")


class Flowing:
    """A stream that is never stopped for long."""

    def flows_again(self) -> bool:
        return True


def step(name: str, *, mends: bool, taken: set[str]) -> Step:
    element = Element(name=name, fault=Noted(name), takes=frozenset({name}))
    return Step(element=element, is_mending=mends, taken=frozenset(taken))


ONE_AFTER_THE_OTHER = (
    step("aws-a", mends=False, taken={"aws-a"}),
    step("aws-a", mends=True, taken=set()),
    step("aws-b", mends=False, taken={"aws-b"}),
)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(steps, "LOOK_EVERY_S", 0)
    return Lab()


def do(lab: Lab, monkeypatch: pytest.MonkeyPatch, looks: list[set[str]]) -> Steps:
    def missing(scene: None, without: frozenset[str]) -> frozenset[str]:
        lab.done.append(f"look without {sorted(without)}")
        return frozenset(looks.pop(0))

    monkeypatch.setattr(steps, "missing", missing)
    doing = Steps(lab, Flowing())
    for one in ONE_AFTER_THE_OTHER:
        doing.do(one)
    return doing


def test_a_router_comes_back_before_its_sibling_goes(lab, monkeypatch):
    doing = do(lab, monkeypatch, [{"aws-a"}, {"tunnel:sakura-a/aws-a", "tunnel:sakura-b/aws-a"}, set()])

    asked = ["look without []"] * 3
    assert lab.done == ["inflict aws-a", "mend aws-a", *asked, "inflict aws-b"]
    assert len(doing.moments) == len(ONE_AFTER_THE_OTHER)
    assert doing.stuck == []


def test_what_does_not_come_back_is_named_and_chaos_goes_on(lab, monkeypatch):
    monkeypatch.setattr(steps, "COMES_BACK_WITHIN_S", -1)

    doing = do(lab, monkeypatch, [])

    assert doing.stuck == ["not back before: inflict aws-b: aws-a"]
    assert lab.done[-1] == "inflict aws-b"


def run_of(lost_ms: set[int], taken: tuple[set[str], ...] = (set(), set())) -> dict[str, Any]:
    """Two steps of three seconds each, two seconds after the first probe; `lost_ms` after that."""
    sent = [number * 10**9 // PER_SECOND for number in range(8 * PER_SECOND)]
    lost = {2 * PER_SECOND + ms * PER_SECOND // 1000 for ms in lost_ms}
    forward = Direction(sent=sent, arrivals=[(at_ns + 1, n) for n, at_ns in enumerate(sent) if n not in lost])
    whole = Direction(sent=sent, arrivals=[(at_ns + 1, n) for n, at_ns in enumerate(sent)])
    moments = [ms * NS_PER_MS for ms in (2000, 5000, 8000)]
    done = [step(name, mends=False, taken=broken) for name, broken in zip("ab", taken, strict=True)]
    return sum_line({"forward": whole, "backward": forward}, moments, done)


def test_a_step_is_late_when_a_probe_was_lost_more_than_a_second_after_it():
    assert run_of({0, 400, 999})["late"] == []
    assert run_of({0, 1200})["late"] == ["inflict a: probes were lost until 1,200 ms after it"]


def test_every_step_is_judged_by_what_was_lost_before_the_next_one():
    run = run_of({2900, 3000, 4500})

    assert [one["lost_until_ms"] for one in run["steps"]] == [2900.0, 1500.0]
    assert len(run["late"]) == 2


def test_a_step_that_leaves_no_path_and_the_one_after_it_are_judged_by_nobody():
    assert run_of({1500, 4500}, taken=({"aws-a", "aws-b"}, set()))["late"] == []


def test_a_run_with_a_late_step_is_bad_and_says_which():
    late = line("chaos", late=["inflict a: probes were lost until 1,200 ms after it"])

    assert is_bad(late)
    assert not is_bad(line("chaos", late=[]))
    assert not is_bad({**late, "valid": False}), "a machine that was too busy proves nothing"
    assert "inflict a: probes were lost until 1,200 ms" in told(late)

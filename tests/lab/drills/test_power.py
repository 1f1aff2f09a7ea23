from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from lab.drills.faults import power
from lab.drills.faults.power import has_session, off_and_back
from lab.errors import LabFault


def told(**states: str) -> dict:
    """What bgpd says of its neighbors; a name's underscores stand for hyphens."""
    return {
        f"10.253.0.{number}": {"nbrDesc": f"tunnel sakura-a/{name.replace('_', '-')} on wg", "bgpState": state}
        for number, (name, state) in enumerate(states.items())
    } | {"defaultTimers": 180}


@dataclass
class Lab:
    """Notes whose power goes and comes; its routers answer one after another what the test says."""

    answers: list[dict]
    done: list[str] = field(default_factory=list)

    def cut_power(self, name: str) -> None:
        self.done.append(f"cut {name}")

    def start(self, name: str) -> None:
        self.done.append(f"start {name}")

    def rebuild(self, names: list[str]) -> None:
        self.done.append(f"rebuild {names[0]}")

    def scene(self) -> SimpleNamespace:
        return SimpleNamespace(booted={name: SimpleNamespace(run=self._run) for name in ("aws-a", "sakura-a")})

    def _run(self, argv: object, **_: object) -> SimpleNamespace:
        self.done.append("asked")
        return SimpleNamespace(stdout=json.dumps(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power.time, "sleep", lambda _: None)


@pytest.mark.parametrize(("router", "comes_back"), [("aws-b", "rebuild aws-b"), ("sakura-b", "start sakura-b")])
def test_a_router_is_back_as_soon_as_it_has_a_session(router: str, comes_back: str) -> None:
    other = "aws_a" if router == "aws-b" else "sakura_a"
    gone = told(**{other: "Established", router.replace("-", "_"): "Active"})
    lab = Lab([gone, gone, told(**{router.replace("-", "_"): "Established"})])

    off_and_back(lab, router)  # type: ignore[arg-type]

    assert lab.done == [f"cut {router}", comes_back, "asked", "asked", "asked"]


def test_one_that_does_not_come_back_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(power, "COMES_BACK_WITHIN_S", -1.0)

    with pytest.raises(LabFault, match="sakura-a: no session with aws-b"):
        off_and_back(Lab([told(aws_b="Active")]), "aws-b")  # type: ignore[arg-type]


def test_only_an_established_session_of_the_router_itself_counts() -> None:
    assert has_session(told(aws_a="Active", aws_b="Established"), "aws-b")
    assert not has_session(told(aws_a="Established", aws_b="Active"), "aws-b")

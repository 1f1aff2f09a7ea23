"""A daemon that was killed is mended when its router has started it again."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from lab.drills.faults import daemons
from lab.drills.faults.daemons import Killed
from lab.errors import LabFault

KILLED = Killed(instance="aws-a", daemon="bfdd")


@dataclass
class Lab:
    """A router whose daemon is away for so many looks."""

    away: int
    looks: int = 0

    def scene(self) -> SimpleNamespace:
        return SimpleNamespace(booted={"aws-a": SimpleNamespace(run=self._run)})

    def _run(self, argv: tuple[str, ...]) -> SimpleNamespace:
        assert argv == ("pgrep", "-x", "bfdd")
        self.looks += 1
        return SimpleNamespace(returncode=int(self.looks <= self.away))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemons.time, "sleep", lambda _: None)


def test_it_is_waited_for() -> None:
    lab = Lab(away=3)
    KILLED.mend(lab)  # type: ignore[arg-type]
    assert lab.looks == 4


def test_one_that_stays_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemons, "STARTED_AGAIN_WITHIN_S", -1.0)
    with pytest.raises(LabFault, match="aws-a: bfdd is not started again"):
        KILLED.mend(Lab(away=1))  # type: ignore[arg-type]

"""The lab says no: one thing is changed in what was deployed or in the world, and the hop and what it lacks are named.

One running lab follows each change; the next one is made in what was deployed, so each also undoes the last.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import RunningLab, lab
from tests.lab.edits import CloudsFile
from tests.lab.sabotages import SABOTAGES, WORLDS, Sabotage, World

pytestmark = pytest.mark.lab

ALL = os.environ.get("SABOTAGES") == "all"
TRIED = [sabotage for sabotage in SABOTAGES if ALL or sabotage.is_in_every_run]


class Saboteur:
    """Changes one lab again and again, and knows which routers still run what the last change gave them."""

    def __init__(self, running: RunningLab, folder: Path) -> None:
        self._running, self._folder, self._spoiled = running, folder, set[str]()
        self._deployed = (running.folder / "clouds.json").read_text()
        self._world = (running.folder / "world.json").read_text()

    def deployed(self) -> CloudsFile:
        """What was deployed, to be edited."""
        return CloudsFile.parse(self._deployed)

    def world(self) -> dict[str, Any]:
        """The world as it is, to be edited."""
        stated: dict[str, Any] = json.loads(self._world)
        return stated

    def change(self, clouds: CloudsFile, world: dict[str, Any], rebuild: tuple[str, ...] = ()) -> int:
        """Makes a change and returns the command's exit code; the report is the lab's."""
        (self._folder / "clouds.json").write_text(json.dumps(clouds.document))
        (self._folder / "world.json").write_text(json.dumps(world))
        stated = ("--clouds", str(self._folder / "clouds.json"), "--world", str(self._folder / "world.json"))
        routers = ",".join(sorted({*rebuild, *self._spoiled}))
        self._spoiled = set(rebuild)
        ran = lab("resync", "--name", self._running.name, *stated, *(("--rebuild", routers) if routers else ()))
        assert ran.returncode in (0, 1), ran.stderr
        return ran.returncode

    def undo(self) -> int:
        """Puts back all that was changed."""
        return self.change(self.deployed(), self.world())


@pytest.fixture(scope="module")
def saboteur(running: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saboteur]:
    made = Saboteur(running, tmp_path_factory.mktemp("sabotage"))
    yield made
    assert made.undo() == 0, json.dumps(running.report["broken"], indent=1)


@pytest.mark.parametrize("sabotage", TRIED, ids=lambda sabotage: sabotage.name)
def test_what_was_taken_from_the_clouds_is_named(running: RunningLab, saboteur: Saboteur, sabotage: Sabotage) -> None:
    clouds = saboteur.deployed()
    sabotage.edit(clouds)

    code = saboteur.change(clouds, saboteur.world(), sabotage.rebuild)

    assert (code, running.report["ok"]) == (1, False)
    assert _named(running, sabotage.hop, sabotage.says), json.dumps(running.report["broken"], indent=1)


@pytest.mark.skipif(not ALL, reason="only with SABOTAGES=all")
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_world_that_is_not_as_the_plan_says_is_named(running: RunningLab, saboteur: Saboteur, world: World) -> None:
    stated = saboteur.world()
    world.edit(stated["config"]["flets-to-vpc:path"]["sites"])

    code = saboteur.change(saboteur.deployed(), stated)

    assert (code, running.report["ok"]) == (1, False)
    assert _named(running, world.hop, world.says), json.dumps(running.report["broken"], indent=1)


def _named(running: RunningLab, hop: str, says: str) -> bool:
    return any(b["hop"] == hop and says in f"{b['rule']} {b['seen']}" for b in running.report["broken"])

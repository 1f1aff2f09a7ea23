"""The lab says no: something is changed in what was deployed or in the world, and the hop and what it lacks are named.

One running lab follows each change; the next one is made in what was deployed, so each also undoes the last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import RunningLab, lab
from tests.lab.edits import CloudsFile
from tests.lab.sabotages import SABOTAGES, Sabotage

pytestmark = pytest.mark.lab


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
        """Puts back all that was changed.

        FRR lets more time pass from one refused session to the next, so a lab that is not whole gets a second look.
        """
        return self.change(self.deployed(), self.world()) and self.change(self.deployed(), self.world())


@pytest.fixture(scope="module")
def saboteur(running: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saboteur]:
    made = Saboteur(running, tmp_path_factory.mktemp("sabotage"))
    yield made
    assert made.undo() == 0, json.dumps(running.report["broken"], indent=1)


@pytest.mark.parametrize("made", SABOTAGES, ids=lambda made: ", ".join(sabotage.name for sabotage in made))
def test_what_was_changed_is_named(running: RunningLab, saboteur: Saboteur, made: tuple[Sabotage, ...]) -> None:
    clouds, world = saboteur.deployed(), saboteur.world()
    for sabotage in made:
        sabotage.edit(clouds)
        sabotage.sites(world["config"]["flets-to-vpc:path"]["sites"])

    code = saboteur.change(clouds, world, tuple(name for sabotage in made for name in sabotage.rebuild))

    found = running.report["broken"]
    assert (code, running.report["ok"]) == (1, False)
    assert [s.name for s in made if not any(map(s.is_named_by, found))] == [], json.dumps(found, indent=1)

"""What an operator hands to a lab in files, edited clouds and another world, checked before anything changes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from lab import deploy
from lab.clouds.edited import taken_over
from lab.clouds.store import Store
from lab.clouds.view import Clouds
from lab.errors import BadInput
from lab.fabric import check
from lab.supervisor.folder import LabFolder, write_atomically
from lab.world import World


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Both, as the lab will boot them."""

    clouds: str
    """The text of `clouds.json`."""
    world: World

    def save(self, folder: LabFolder) -> None:
        """Makes them the lab's own."""
        write_atomically(folder / "clouds.json", self.clouds)
        write_atomically(folder / "world.json", self.world.json())


def read(folder: LabFolder, clouds: Path | None, world: Path | None) -> Stated:
    """Reads them; what is not given is as the lab has it. Raises BadInput with the problems of both together."""
    if not (folder / "store.db").exists() or not (folder / "outputs.json").exists():
        raise BadInput(
            [f"{folder.name!r}: this lab was never deployed (NAME), and secrets come from its store: make lab first"]
        )
    problems: list[str] = []
    text, outside = "", None
    try:
        with closing(Store(folder / "store.db")) as store:
            text = taken_over(clouds or folder / "clouds.json", store)
    except (OSError, ValueError) as fault:
        problems += str(fault).splitlines()
    try:
        outside = deploy.read_world(world or folder / "world.json")
    except BadInput as fault:
        problems += fault.problems
    if text and outside:
        problems += check(Clouds.parse(text), outside)
    if problems or outside is None:
        raise BadInput(problems)
    return Stated(clouds=text, world=outside)

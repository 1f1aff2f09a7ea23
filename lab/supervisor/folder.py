"""The files of one lab, all under `build/lab/NAME/`."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from lab.errors import BadInput
from lab.supervisor.cgroup import Cgroup

CHECKOUT = Path(__file__).resolve().parents[2]

NAME_RULE = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True)
class LabFolder:
    """Where one lab keeps what it was built from and what it reports."""

    name: str
    checkout: Path = CHECKOUT

    def __post_init__(self) -> None:
        if not NAME_RULE.fullmatch(self.name):
            rule = "a lab's name is a folder's: a-z, 0-9, '.', '_', '-', and first a letter or digit"
            raise BadInput([f"{self.name!r}: {rule} (NAME); state another"])

    @property
    def labs(self) -> Path:
        """The folder of all labs of this checkout."""
        return self.checkout / "build" / "lab"

    @property
    def path(self) -> Path:
        """This lab's folder."""
        return self.labs / self.name

    @property
    def incoming(self) -> Path:
        """Where a deployment is made before the lab that runs is touched."""
        return self.path / "incoming"

    @property
    def cgroup(self) -> Cgroup:
        """The lab's control group."""
        return Cgroup.of_lab(self.checkout, self.name)

    def __truediv__(self, file: str) -> Path:
        return self.path / file


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the command line hands to the lab it starts."""

    stack: str
    engine: str
    wireguard: Literal["kernel", "wireguard-go"]
    gre: Literal["kernel", "userspace"]
    stand_ins: tuple[str, ...]
    started_s: float
    """When the command began, on the machine's monotonic clock, which all namespaces share."""
    deploy_s: float
    deploy_memory_mib: int

    def save(self, folder: LabFolder) -> None:
        """Writes the run beside the lab's other files."""
        write_atomically(folder / "run.json", json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, folder: LabFolder) -> Run:
        """The run as it was saved."""
        stated = json.loads((folder / "run.json").read_text())
        return cls(**{**stated, "stand_ins": tuple(stated["stand_ins"])})


def write_atomically(path: Path, content: str | bytes) -> None:
    """Replaces a file in one step, so that a reader never meets half of it."""
    draft = _draft(path)
    draft.write_bytes(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def link_atomically(path: Path, target: Path) -> None:
    """Makes `path` a link to `target`, seen from its folder, whatever it was before."""
    draft = _draft(path)
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(path)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")

"""What routers say when a lab is not as before: kept in files, for the lab is ended then."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from lab.errors import LabFault
from lab.nodes import Booted
from lab.proof.scene import Scene
from lab.supervisor.folder import write_atomically

QUESTIONS = (
    "flets-to-vpc status",
    "systemctl list-jobs --no-pager",
    "systemctl list-units --failed --no-pager",
    "ip address",
    "ip route",
    "wg show all latest-handshakes",  # never `dump`: it prints keys
    "ps axf",
    "journalctl --boot --output=short-precise --no-pager",
)
"""The journal last: it is long."""


def keep(scene: Scene, folder: Path) -> Path:
    """Writes a file for each router that runs; one that does not answer has what it came to."""
    shutil.rmtree(folder, ignore_errors=True)  # a router that is off now said nothing now
    folder.mkdir(parents=True)
    with ThreadPoolExecutor() as pool:
        for name, text in pool.map(_told, scene.booted.values()):
            write_atomically(folder / f"{name}.txt", text)
    return folder


def _told(router: Booted) -> tuple[str, str]:
    parts = []
    for question in QUESTIONS:
        parts.append(f"# {question}\n")
        with suppress(LabFault):
            said = router.run(["sh", "-c", question])
            parts.append(said.stdout + said.stderr)
    return router.name, "\n".join(parts)

"""`build/drills/runs.jsonl`: one line a run, kept over all commands, and what each run was made with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.command import run
from lab.drills.profiles import FOLDER
from lab.supervisor.folder import CHECKOUT, write_atomically

SCHEMA_VERSION = 1
RUNS = FOLDER / "runs.jsonl"
PRODUCT = ("__main__.py", "settings.py", "topology", "render", "components", "router", "images", "Pulumi.lab.yaml")
"""What is measured: a run of another product says nothing of this one."""
MEASUREMENTS = "docs/measurements.md"
PICTURE = "docs/measurements.svg"
ARCHIVE = "docs/measurements.tar.gz"
"""The runs and soaks that the page was written from."""


def commit() -> str:
    """The checkout's commit; `+` where files differ from it, but for those that drills write themselves."""
    ours = ["--", ":/", *(f":(exclude,top){name}" for name in (MEASUREMENTS, PICTURE, ARCHIVE))]
    changed = run(["git", "-C", str(CHECKOUT), "status", "--porcelain", "--untracked-files=no", *ours])
    return run(["git", "-C", str(CHECKOUT), "rev-parse", "--short=12", "HEAD"]).strip() + ("+" if changed else "")


def product() -> str:
    """A fingerprint of the product's files as they are now, committed or not."""
    listed = run(["git", "-C", str(CHECKOUT), "ls-files", "-z", "--", *PRODUCT])
    digest = hashlib.sha256()
    for name in sorted(filter(None, listed.split("\0"))):
        path = CHECKOUT / name
        digest.update(f"{name}\0".encode() + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return digest.hexdigest()[:12]


class Runs:
    """The file, as far as it speaks of one product."""

    def __init__(self, path: Path, product_id: str) -> None:
        self._path, self._product = path, product_id
        self.lines: list[dict[str, Any]] = [line for line in self._read() if line["product"] == product_id]

    def append(self, line: Mapping[str, Any]) -> None:
        """Adds a run, on disk before this returns."""
        whole = {"schema": SCHEMA_VERSION, "product": self._product, **line}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(whole) + "\n")
        self.lines.append(whole)

    def _read(self) -> list[dict[str, Any]]:
        """Every whole line; the last one may have been cut off when a command was killed."""
        if not self._path.exists():
            return []
        text = self._path.read_text(encoding="utf-8")
        whole, _, cut_off = text.rpartition("\n")
        if cut_off:
            write_atomically(self._path, f"{whole}\n" if whole else "")
        return [json.loads(line) for line in whole.splitlines()]

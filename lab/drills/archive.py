"""`docs/measurements.tar.gz`: the runs and soaks behind the page, to be counted again or gone on with."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from lab.drills import soak
from lab.drills.runs import RUNS
from lab.supervisor.folder import CHECKOUT


def archive(lines: Sequence[Mapping[str, Any]], soaks: Sequence[Mapping[str, Any]]) -> bytes:
    """The same runs and soaks make the same bytes; unpacked in a checkout, each file is where its command reads it."""
    files = {RUNS: "".join(f"{json.dumps(line)}\n" for line in lines)}
    files |= {soak.report_path(one["profile"]): soak.report_text(one) for one in soaks}
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as tar,
    ):
        for path, text in files.items():
            _add(tar, path.relative_to(CHECKOUT), text.encode())
    return packed.getvalue()


def _add(tar: tarfile.TarFile, path: PurePath, content: bytes) -> None:
    member = tarfile.TarInfo(str(path))
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))

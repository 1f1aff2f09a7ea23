"""The bundle: a router's rendered files as one object."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterable

from render.files import RenderedFile


def bundle(files: Iterable[RenderedFile]) -> bytes:
    """A gzip tar of the files, the same bytes on every machine: names relative to /, sorted, owner root, time 0.

    It is stored and not deflated, because compressed bytes differ between zlib builds,
    and a bundle whose digest depends on the operator's machine would be deployed again by each of them.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for file in sorted(files, key=lambda file: file.path):
            content = file.content.encode()
            member = tarfile.TarInfo(file.path.lstrip("/"))
            member.size = len(content)
            member.mode = file.mode
            tar.addfile(member, io.BytesIO(content))

    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=0, fileobj=packed, mtime=0) as stream:
        stream.write(archive.getvalue())
    return packed.getvalue()

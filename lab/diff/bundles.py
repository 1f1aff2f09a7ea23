"""The rendered files that lie in the deployed bundles."""

from __future__ import annotations

import base64
import io
import json
import tarfile
from pathlib import Path

BUNDLE = "/bundle.tar.gz"
"""End of a bundle object's id; what stands before it is the router's name."""

Files = dict[str, str]
"""By `<router>/<path in the bundle>`."""


def rendered_files(clouds: Path) -> Files:
    """Every file of every router's bundle in a `clouds.json`. Bundles hold no secret (design: keys travel apart)."""
    files: Files = {}
    for resource in json.loads(clouds.read_text())["resources"]:
        content = resource["inputs"].get("contentBase64")
        if isinstance(content, str) and str(resource["id"]).endswith(BUNDLE):
            router = str(resource["id"]).removesuffix(BUNDLE).rsplit("/", 1)[-1]
            files |= {f"{router}/{name}": text for name, text in _unpacked(base64.b64decode(content)).items()}
    return files


def _unpacked(bundle: bytes) -> Files:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        return {member.name: archive.extractfile(member).read().decode() for member in members}  # type: ignore[union-attr]

"""Edits of a `clouds.json`, as somebody would make them by hand to see the lab say no."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
from collections.abc import Callable
from typing import Any

Resource = dict[str, Any]


class CloudsFile:
    """What was deployed, to be changed in one thing."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    @classmethod
    def parse(cls, text: str) -> CloudsFile:
        """From its text."""
        return cls(json.loads(text))

    def find(self, kind: str, name: str) -> Resource:
        """The one resource of a kind (last part of its type) with this logical name."""
        found = [r for r in self.document["resources"] if _is(r, kind, name)]
        assert len(found) == 1, f"{len(found)} resources are {kind} {name}"
        resource: Resource = found[0]
        return resource

    def remove(self, kind: str, name: str) -> None:
        """Takes a resource away."""
        self.document["resources"].remove(self.find(kind, name))

    def change(self, kind: str, name: str, **values: Any) -> None:
        """Changes properties of a resource where an editor finds them first: in its inputs."""
        self.find(kind, name)["inputs"].update(values)

    def swap(self, kind: str, one: str, other: str, key: str) -> None:
        """Exchanges a property of two resources."""
        first, second = self.find(kind, one), self.find(kind, other)
        values = first["inputs"][key], second["inputs"][key]
        self.change(kind, one, **{key: values[1]})
        self.change(kind, other, **{key: values[0]})

    def move(self, kind: str, name: str, new: str, key: str, value: str) -> None:
        """Puts an association or propagation in place of one: its id holds both ends."""
        resource = self.find(kind, name)
        self.document["resources"].remove(resource)
        moved = json.loads(json.dumps(resource))
        moved.update(urn=resource["urn"].rsplit("::", 1)[0] + f"::{new}", id=f"{value}-{new}")
        for values in (moved["inputs"], moved["outputs"]):
            values[key] = value
        self.document["resources"].append(moved)

    def files(self, router: str, path: str, edit: Callable[[str], str]) -> None:
        """Edits a file of a router's bundle: packs it anew, as another version that the pointer names."""
        files = unpacked(base64.b64decode(self.find("BucketObjectv2", router)["inputs"]["contentBase64"]))
        mode, text = files[path]
        assert edit(text) != text, f"{path} has nothing of it"
        files[path] = (mode, edit(text))
        self.bundle(router, packed(files))

    def bundle(self, router: str, content: bytes) -> None:
        """Gives a router this bundle."""
        digest = hashlib.sha256(content).hexdigest()
        stored = self.find("BucketObjectv2", router)
        stored["outputs"]["versionId"] = digest[:32]
        self.change("BucketObjectv2", router, contentBase64=base64.b64encode(content).decode())
        pointer = {"schema": 1, "key": f"{router}/bundle.tar.gz", "version_id": digest[:32], "sha256": digest}
        self.change("Parameter", router, value=json.dumps(pointer))


def _is(resource: Resource, kind: str, name: str) -> bool:
    return bool(resource["urn"].endswith(f"::{name}")) and resource["type"].split("/")[-1].split(":")[-1] == kind


def unpacked(content: bytes) -> dict[str, tuple[int, str]]:
    """Mode and text of each file of a bundle, by path."""
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(content))) as tar:
        return {m.name: (m.mode, tar.extractfile(m).read().decode()) for m in tar.getmembers()}  # type: ignore[union-attr]


def packed(files: dict[str, tuple[int, str]]) -> bytes:
    """A bundle of these files."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, (mode, text) in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(text.encode()), mode
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(archive.getvalue(), compresslevel=0, mtime=0)


def without(pattern: str) -> Callable[[str], str]:
    """An edit that removes what matches."""
    return lambda text: re.sub(pattern, "", text, flags=re.MULTILINE)


def instead(pattern: str, new: str) -> Callable[[str], str]:
    """An edit that puts something in place of what matches."""
    return lambda text: re.sub(pattern, new, text, flags=re.MULTILINE)

"""What the fabric, the nodes, the data plane and the proof see of the clouds: `clouds.json`, read-only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from lab.clouds.store import SCHEMA_VERSION, Resource

_KEYS = ("urn", "type", "id", "inputs", "outputs")


class Clouds:
    """Everything both clouds hold; each resource's `outputs` are merged over its inputs."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(Resource(r.urn, r.type, r.id, r.inputs, {**r.inputs, **r.outputs}) for r in resources)

    @classmethod
    def load(cls, path: Path) -> Clouds:
        """Reads `clouds.json`. Raises ValueError with file, resource and what it lacks, OSError when it is absent."""
        try:
            document = json.loads(path.read_text())
        except json.JSONDecodeError as error:
            raise ValueError(f"{path}: not JSON ({error}); `make lab` writes a good one") from None
        if not isinstance(document, dict) or document.get("schema") != SCHEMA_VERSION:
            raise ValueError(f'{path}: must be an object with "schema": {SCHEMA_VERSION}')
        resources = document.get("resources")
        if not isinstance(resources, list):
            raise ValueError(f'{path}: "resources" must be a list')
        return cls(_resource(path, position, entry) for position, entry in enumerate(resources))

    def of(self, type_: str) -> list[Resource]:
        """All of one type, such as `aws:ec2/subnet:Subnet`, sorted by id."""
        return sorted((r for r in self.resources if r.type == type_), key=lambda r: (r.id, r.urn))

    def get(self, id_: str, type_: str | None = None) -> Resource:
        """The resource with this id; name the type where several share one (a bucket and its policy).

        Raises KeyError with the id.
        """
        for resource in self.resources:
            if resource.id == id_ and type_ in (None, resource.type):
                return resource
        raise KeyError(f"{type_ or 'a resource'} with id {id_!r} is in neither cloud")


def _resource(path: Path, position: int, entry: object) -> Resource:
    if not isinstance(entry, dict) or sorted(entry) != sorted(_KEYS):
        raise ValueError(f"{path}: resources[{position}] must have exactly the keys {', '.join(_KEYS)}")
    for key in ("inputs", "outputs"):
        if not isinstance(entry[key], dict):
            raise ValueError(f"{path}: resources[{position}].{key} must be an object")
    return Resource(entry["urn"], entry["type"], entry["id"], entry["inputs"], entry["outputs"])

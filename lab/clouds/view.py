"""What the fabric, the nodes, the data plane and the proof see of the clouds: `clouds.json`, read-only."""

from __future__ import annotations

import json
from collections import Counter
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
        """Reads `clouds.json`. Raises ValueError with one line for each flaw, OSError when it is absent."""
        return cls(read_resources(path))

    @classmethod
    def parse(cls, text: str) -> Clouds:
        """The same from its text, which must be good."""
        return cls(Resource(**entry) for entry in json.loads(text)["resources"])

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


def read_resources(path: Path) -> list[Resource]:
    """The file's resources as they stand there; raises as `Clouds.load` does."""
    try:
        document = json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not JSON ({error}); `make lab` writes a good one") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA_VERSION:
        raise ValueError(f'{path}: must be an object with "schema": {SCHEMA_VERSION}')
    entries = document.get("resources")
    if not isinstance(entries, list):
        raise ValueError(f'{path}: "resources" must be a list')
    flaws = [f"{path}: resources[{n}]{flaw}" for n, entry in enumerate(entries) for flaw in _flaws(entry)]
    found = [] if flaws else [Resource(**entry) for entry in entries]
    times = Counter((resource.type, resource.id, resource.urn) for resource in found)
    flaws += [f"{path}: {type_} {id_}: is there {n} times; keep one" for (type_, id_, _), n in times.items() if n > 1]
    if flaws:
        raise ValueError("\n".join(flaws))
    return found


def _flaws(entry: object) -> list[str]:
    if not isinstance(entry, dict) or sorted(entry) != sorted(_KEYS):
        return [f" must have exactly the keys {', '.join(_KEYS)}"]
    texts = [f".{key} must be a text" for key in ("urn", "type", "id") if not isinstance(entry[key], str)]
    return texts + [f".{key} must be an object" for key in ("inputs", "outputs") if not isinstance(entry[key], dict)]

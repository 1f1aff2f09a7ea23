"""Takes over a `clouds.json` that was edited by hand: an edit counts wherever it was made.

A property stands in `inputs` and again in `outputs`, and who edits one of them means both.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from lab.clouds.store import SCHEMA_VERSION, Properties, Resource, Store, secret_names
from lab.clouds.view import read_resources


def taken_over(path: Path, store: Store) -> str:
    """The file's text with each edit in both places; `store` holds what was deployed, and the secrets.

    Raises ValueError with one line for each flaw, OSError when there is no such file.
    """
    known = {(r.type, r.id, r.urn): r for r in store.resources()}
    resources = read_resources(path)
    flaws = [flaw for resource in resources for flaw in _unknown_secrets(path, resource, store)]
    if flaws:
        raise ValueError("\n".join(flaws))
    followed = [_followed(resource, known.get((resource.type, resource.id, resource.urn))) for resource in resources]
    document = {"schema": SCHEMA_VERSION, "resources": [vars(resource) for resource in followed]}
    return json.dumps(document, indent=1) + "\n"


def _followed(edited: Resource, deployed: Resource | None) -> Resource:
    """The resource with what was edited in its inputs alone in its outputs too."""
    if deployed is None:
        return edited
    outputs = dict(edited.outputs)
    for key in edited.inputs.keys() | deployed.inputs.keys():
        if _same(key, edited.inputs, deployed.inputs) or not _same(key, edited.outputs, deployed.outputs):
            continue
        if key in edited.inputs:
            outputs[key] = edited.inputs[key]
        else:
            outputs.pop(key, None)
    return replace(edited, outputs=outputs)


def _same(key: str, one: Properties, other: Properties) -> bool:
    return (key in one) == (key in other) and one.get(key) == other.get(key)


def _unknown_secrets(path: Path, resource: Resource, store: Store) -> list[str]:
    flaws = []
    for name in sorted(secret_names(resource)):
        try:
            store.secret(name)
        except KeyError as error:
            flaws.append(f"{path}: {resource.type} {resource.id}: {error.args[0]}; state a value in its place")
    return flaws

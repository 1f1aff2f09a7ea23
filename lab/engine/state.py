"""The engine's last state: what the previous run left, one JSON document without a secret value.

It lies in the store beside the clouds it tells of: a run that is killed leaves both as they were, or both as they are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.properties import PropertyMap, concealed_map, revealed
from lab.clouds.store import Store, names_in
from lab.engine.beside import Beside

SCHEMA_VERSION = 1
_EMPTY = json.dumps({"schema": SCHEMA_VERSION, "resources": [], "outputs": {}})


@dataclass(frozen=True, kw_only=True)
class Known:
    """One registered resource; its properties are JSON, each secret `{"secret": name}`."""

    urn: str
    type: str
    id: str
    """Empty for a component."""
    parent: str
    dependencies: tuple[str, ...]
    provider: str
    """`<urn>::<id>` of an explicit provider, or the package of a default one."""
    protect: bool
    inputs: dict[str, Any]
    """As the provider's check returned them."""
    outputs: dict[str, Any]
    replaced: bool = False
    """Its replacement exists, and it waits to be deleted."""

    @property
    def is_custom(self) -> bool:
        """Whether a cloud holds it: neither a component nor a provider."""
        return bool(self.id) and not self.type.startswith("pulumi:providers:")


class State:
    """What the last run left, in the order of registration: nothing depends on what follows it."""

    def __init__(self, store: Store, *, stack: str, beside: Beside) -> None:
        """Reads it, if there is one; `stack` is its full name. Raises ValueError for another version's."""
        self._store = store
        self._stack = stack
        self.beside = beside
        self._text = store.recall(f"state of {stack}") or _EMPTY
        document = json.loads(self._text)
        if document.get("schema") != SCHEMA_VERSION:
            raise ValueError(f"the store's state is not of schema {SCHEMA_VERSION}; remove the store and deploy anew")
        self.entries = [Known(**{**e, "dependencies": tuple(e["dependencies"])}) for e in document["resources"]]
        self.outputs: Mapping[str, Any] = document["outputs"]
        """Of the stack, as the last run that came so far registered them."""

    def get(self, urn: str) -> Known | None:
        """What is known of a URN, without what was replaced."""
        return next((entry for entry in self.entries if entry.urn == urn and not entry.replaced), None)

    def concealed(self, urn: str, properties: PropertyMap) -> dict[str, Any]:
        """Properties as they may be written down."""
        return concealed_map(properties, urn, self._store.hide)

    def revealed(self, properties: Mapping[str, Any]) -> dict[str, PropertyValue]:
        """Properties as a provider takes them. Raises KeyError for a secret the store does not hold."""
        return {name: revealed(value, self._store.secret) for name, value in properties.items()}

    def write(self, entries: Iterable[Known], outputs: Mapping[str, Any]) -> None:
        """Replaces what the store holds, and drops from it every secret that nothing refers to any more."""
        resources = [vars(entry) for entry in entries]
        document = {"schema": SCHEMA_VERSION, "stack": self._stack, "resources": resources, "outputs": outputs}
        self._store.forget_secrets_except(names_in(document) | self.beside.secret_names())
        self._text, self.outputs = json.dumps(document, indent=1) + "\n", outputs
        self._store.remember(f"state of {self._stack}", self._text)

    def export(self, path: Path) -> None:
        """Writes it to a file of mode 0600, for people; no run reads it."""
        fresh = path.with_name(f"{path.name}.new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self._text)
        os.replace(fresh, path)

"""Where the emulated clouds keep what exists: one SQLite file, the only place where secret values lie."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1
"""Of `clouds.json`."""

Properties = dict[str, Any]
"""Pulumi properties in camelCase, as plain JSON; a secret value is `{"secret": "<name>"}`."""

_TABLES = """
CREATE TABLE IF NOT EXISTS resources (position INTEGER PRIMARY KEY, urn TEXT NOT NULL, type TEXT NOT NULL,
    id TEXT NOT NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL, UNIQUE (type, id, urn));
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS engine (name TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS births (urn TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""
_WAIT_FOR_OTHER_WRITERS_S = 30
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Resource:
    """One thing that exists in a cloud."""

    urn: str
    """Empty for what the owner had before the program ran."""
    type: str
    """Pulumi type, `aws:ec2/subnet:Subnet`."""
    id: str
    inputs: Properties
    outputs: Properties


class Store:
    """The clouds' memory.

    Reading works on what was there when the store was opened plus one's own changes: each provider owns its types, so
    the three plugin processes of the Pulumi CLI need not see each other's.
    """

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it with mode 0600. Raises sqlite3.DatabaseError for a file that is no store."""
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        os.chmod(path, 0o600)
        self._connection = sqlite3.connect(
            path, timeout=_WAIT_FOR_OTHER_WRITERS_S, isolation_level=None, check_same_thread=False
        )
        # A killed process loses nothing; that the machine loses power is not worth seconds a deployment.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_TABLES)
        self._resources: dict[str, dict[_Key, Resource]] = {}
        for urn, type_, id_, inputs, outputs in self._connection.execute(
            "SELECT urn, type, id, inputs, outputs FROM resources ORDER BY position"
        ):
            self._remember(Resource(urn, type_, id_, json.loads(inputs), json.loads(outputs)))
        self._names: dict[str, str] = {
            value: name for name, value in self._connection.execute("SELECT name, value FROM secrets")
        }
        self._births: dict[str, int] = dict(self._connection.execute("SELECT urn, count FROM births"))
        self._pending: list[tuple[str, tuple[object, ...]]] | None = None

    def resources(self) -> list[Resource]:
        """All that exists, sorted by type, id and URN."""
        everything = [resource for kind in self._resources.values() for resource in kind.values()]
        return sorted(everything, key=lambda resource: (resource.type, resource.id, resource.urn))

    def of(self, type_: str) -> list[Resource]:
        """All of one type, oldest first."""
        return list(self._resources.get(type_, {}).values())

    def get(self, type_: str, id_: str, urn: str = "") -> Resource:
        """One resource; the URN is needed only where several share an id. Raises KeyError with type and id."""
        for (_, candidate, owner), resource in self._resources.get(type_, {}).items():
            if candidate == id_ and (not urn or owner == urn):
                return resource
        raise KeyError(f"{type_} {id_}")

    def put(self, resource: Resource) -> None:
        """Keeps a resource, in place of the one with the same type, id and URN."""
        self._remember(resource)
        self._write(
            "INSERT INTO resources (urn, type, id, inputs, outputs) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (type, id, urn) DO UPDATE SET inputs = excluded.inputs, outputs = excluded.outputs",
            (resource.urn, resource.type, resource.id, json.dumps(resource.inputs), json.dumps(resource.outputs)),
        )

    def seed(self, type_: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Keeps what the owner had before the program ran; what is there already stays as it is."""
        if (type_, id_, "") not in self._resources.get(type_, {}):
            self.put(Resource("", type_, id_, inputs, {**inputs, **outputs}))

    def remove(self, id_: str, urn: str, type_: str) -> None:
        """Forgets a resource. Raises KeyError when there is none."""
        resource = self._resources.get(type_, {}).pop((type_, id_, urn), None)
        if resource is None:
            raise KeyError(f"{type_} {id_} of {urn or 'the owner'}")
        self._write("DELETE FROM resources WHERE type = ? AND id = ? AND urn = ?", (type_, id_, urn))

    def next_birth(self, urn: str) -> int:
        """How often this URN will have been created when it is created next: ids follow from it."""
        return self._births.get(urn, 0) + 1

    def record_birth(self, urn: str) -> None:
        """Counts a creation, so that a replacement gets another id."""
        self._births[urn] = self.next_birth(urn)
        self._write(
            "INSERT INTO births VALUES (?, ?) ON CONFLICT (urn) DO UPDATE SET count = excluded.count",
            (urn, self._births[urn]),
        )

    def hide(self, value: str, name: str) -> str:
        """Keeps a secret value and returns its name, which is another than `name` when the value has one already."""
        if value in self._names:
            return self._names[value]
        taken = set(self._names.values())
        free = next(n for n in (name, *(f"{name}#{i}" for i in range(2, len(taken) + 3))) if n not in taken)
        self._names[value] = free
        self._write("INSERT INTO secrets VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (free, value))
        return free

    def secret(self, name: str) -> str:
        """The value of a secret, a string or the JSON of anything else. Raises KeyError with the name."""
        for value, known in self._names.items():
            if known == name:
                return value
        row = self._connection.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(f"no secret is called {name!r} in this store")
        return str(row[0])

    def remember(self, name: str, text: str) -> None:
        """Keeps a text of the engine's own, so that one transaction holds it and what it tells of the clouds."""
        self._write(
            "INSERT INTO engine VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text", (name, text)
        )

    def recall(self, name: str) -> str | None:
        """What `remember` kept before this store was opened or outside a transaction; None where there is nothing."""
        row = self._connection.execute("SELECT text FROM engine WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def forget_secrets_except(self, names: Collection[str]) -> None:
        """Drops every secret that neither a resource nor `names` (what an engine's state holds) refers to."""
        kept = {*names, *(name for resource in self.resources() for name in secret_names(resource))}
        for value, name in [*self._names.items()]:
            if name not in kept:
                del self._names[value]
                self._write("DELETE FROM secrets WHERE name = ?", (name,))

    @contextmanager
    def one_transaction(self) -> Iterator[None]:
        """Writes everything at the end, also after an exception: what was created exists.

        One transaction per resource costs seconds in a hundred resources.
        """
        self._pending = []
        try:
            yield
        finally:
            pending, self._pending = self._pending, None
            self._connection.execute("BEGIN IMMEDIATE")
            for statement, values in pending:
                self._connection.execute(statement, values)
            self._connection.execute("COMMIT")

    def export(self, path: Path) -> None:
        """Writes `clouds.json`: what exists, without a secret value."""
        resources = [vars(resource) for resource in self.resources()]
        path.write_text(json.dumps({"schema": SCHEMA_VERSION, "resources": resources}, indent=1) + "\n")

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    def _remember(self, resource: Resource) -> None:
        self._resources.setdefault(resource.type, {})[(resource.type, resource.id, resource.urn)] = resource

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        if self._pending is not None:
            self._pending.append((statement, values))
        else:
            self._connection.execute(statement, values)


def secret_names(resource: Resource) -> set[str]:
    """The names of all secrets a resource holds."""
    return names_in(resource.inputs) | names_in(resource.outputs)


def names_in(value: object) -> set[str]:
    """The names of all secrets in a plain JSON value."""
    if isinstance(value, dict):
        if set(value) == {"secret"} and isinstance(value["secret"], str):
            return {value["secret"]}
        return set().union(*(names_in(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(names_in(item) for item in value))
    return set()

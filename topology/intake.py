"""Reads the operator's mapping into an `Intent`, or says everything that is wrong with it at once.

A value that cannot be read does not end the check.
A stand-in takes its place, the rules between values run on the rest, and what they find about a stand-in is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter, ValidationError

from topology import rules, shape
from topology.findings import Finding, Location, Names
from topology.model import Intent
from topology.problems import PlanError
from topology.reading import UNREAD

PATH: Final = "flets-to-vpc:path"
_INTENT: Final = TypeAdapter(Intent)


def parse(path: object, region: object, sakura_zone: object) -> Intent:
    """Reads `flets-to-vpc:path`, `aws:region` and `sakuracloud:zone` of one stack; None is a key that is not there.

    Raises PlanError with every problem of single values and, as far as these can be read, of values against each other.
    """
    if not isinstance(path, Mapping):
        raise PlanError([Names({}).problem(_no_path(path))])
    document: shape.Document = {
        key: value for key, value in (("aws:region", region), ("sakuracloud:zone", sakura_zone)) if value is not None
    }
    document |= {str(key): shape.copied(value) for key, value in path.items()}
    names = Names({key: _named(document.get(key)) for key in ("sites", "vpcs")})
    intent, found, unread = _read(document)
    if found:
        found += [finding for finding in rules.check(intent) if not finding.rests_on(unread)]
        raise PlanError(map(names.problem, found))
    return intent


def names_of(intent: Intent) -> Names:
    """The names of an intent's places."""
    return Names(
        {
            "sites": [(site.name, site.id) for site in intent.sites],
            "vpcs": [(vpc.name, vpc.id) for vpc in intent.vpcs],
        }
    )


def _read(document: shape.Document) -> tuple[Intent, list[Finding], list[Location]]:
    """The intent, with stand-ins where needed; what was found; and the locations of the stand-ins."""
    found = list(shape.placeholders(document))
    unread = [finding.at for finding in found]
    for at in unread:
        shape.put(document, at, UNREAD)
    while True:
        try:
            return _INTENT.validate_python(document), found, unread
        except ValidationError as error:
            found += [finding for finding in shape.findings(error) if not finding.rests_on(unread)]
            unread += shape.unread(error)
            shape.mend(document, error)


def _named(items: object) -> list[tuple[object, object]]:
    if not isinstance(items, list):
        return []
    return [(item.get("name"), item.get("id")) if isinstance(item, dict) else (None, None) for item in items]


def _no_path(path: object) -> Finding:
    value, rule = ("nothing", "is stated") if path is None else (path, "is no mapping")
    return Finding(value=value, rule=rule, at=(PATH,), way_out="state the path as docs/stack-file.md says")

"""What a kind of resource is: its inputs, ids, outputs and the rules its cloud holds it to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.clouds.declaration import Field, Fields, Flaw, Listing, Record, Reference
from lab.clouds.store import Resource, Store

AWS_ID_DIGITS = 17


class Refused(Exception):
    """A cloud said no: its error code and the rule."""

    def __init__(self, code: str, rule: str) -> None:
        super().__init__(f"{code}: {rule}")
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A resource as it would be after a creation or an update, with all that its rules may look at."""

    urn: str
    type: str
    id: str
    inputs: Mapping[str, Any]
    """Plain, secrets in clear, defaults filled in."""
    old: Resource | None
    """What is updated; None for a creation."""
    place: str
    """Region or zone."""
    birth: int
    """How often this URN has been created, this time included."""
    store: Store

    @property
    def name(self) -> str:
        """Logical name."""
        return self.urn.rpartition("::")[2]

    def others(self, type_: str) -> list[Resource]:
        """The existing resources of a type, without this one."""
        return [r for r in self.store.of(type_) if (r.type, r.id, r.urn) != (self.type, self.id, self.urn)]

    def the(self, type_: str, id_: str) -> Resource:
        """An existing resource; rules run only after all references were found. Raises KeyError."""
        return self.store.get(type_, id_)

    def digits(self, count: int, purpose: str = "") -> str:
        """Hexadecimal digits that are the same in every run and other ones after a replacement."""
        return digits(f"{self.urn} {self.birth} {purpose}", count)

    def kept(self, output: str, otherwise: Callable[[], Any]) -> Any:
        """An output that an update must not change."""
        return self.old.outputs[output] if self.old and output in self.old.outputs else otherwise()


Refusals = Iterator[Refused]
Rule = Callable[[Proposal], Refusals]


@dataclass(frozen=True, kw_only=True)
class AutomaticName:
    """A physical name made from the logical one, as the real provider does in its check."""

    property: str
    most: int
    lower_case: bool = False


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One resource type of an emulated cloud."""

    type: str
    inputs: Fields
    identify: Callable[[Proposal], str]
    outputs: Callable[[Proposal], dict[str, Any]] = lambda _: {}
    """What the cloud adds to the inputs."""
    rules: tuple[Rule, ...] = ()
    """Checked at creation and update, once everything is known and every reference was found."""
    automatic_name: AutomaticName | None = None
    in_use: str | None = None
    """Error code of a deletion while another resource refers to this one; None where the cloud allows it."""
    volatile: frozenset[str] = frozenset()
    """Outputs that an update may change: unknown in its preview."""
    secret_outputs: frozenset[str] = frozenset()
    """Outputs the real provider marks secret."""
    hidden_outputs: frozenset[str] = field(default=frozenset())
    """Secrets the real provider fails to mark: the program must; at rest the lab hides them all the same."""


def digits(text: str, count: int) -> str:
    """Hexadecimal digits that follow from a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:count]


def prefixed(prefix: str) -> Callable[[Proposal], str]:
    """Ids such as `vpc-0123456789abcdef0`."""
    return lambda proposal: f"{prefix}-{proposal.digits(AWS_ID_DIGITS)}"


def named(property_: str) -> Callable[[Proposal], str]:
    """Ids that are one of the inputs."""
    return lambda proposal: str(proposal.inputs[property_])


def references(fields: Fields, values: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Reference, str]]:
    """Every value that must name another resource, with its place; unknown ones are left out."""
    for name, declared in fields.items():
        if name in values:
            yield from _references(f"{place}{name}", declared, values[name])


def _references(place: str, declared: Field, value: Any) -> Iterator[tuple[str, Reference, str]]:
    if declared.reference is not None and isinstance(value, str):
        yield place, declared.reference, value
    elif isinstance(declared.shape, Listing) and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _references(f"{place}[{number}]", declared.shape.item, item)
    elif isinstance(declared.shape, Record) and isinstance(value, dict):
        yield from references(declared.shape.fields, value, f"{place}.")


def names_for(resource: Resource, by: tuple[str, ...]) -> set[str]:
    """The values that name a resource in a reference by these outputs."""
    known = {**resource.inputs, **resource.outputs, "id": resource.id}
    return {str(known[name]) for name in by if name in known}


def dangling(fields: Fields, values: Mapping[str, Any], store: Store) -> Iterator[Flaw]:
    """References to nothing, or to a resource of another type."""
    for place, reference, value in references(fields, values):
        targets = (resource for type_ in reference.types for resource in store.of(type_))
        if any(value in names_for(target, reference.by) for target in targets):
            continue
        wanted = " or ".join(reference.types)
        strays = [r.type for r in store.resources() if r.id == value and r.type not in reference.types]
        seen = f"it is a {strays[0]}" if strays else "no resource has it"
        how = " or ".join(reference.by)
        yield Flaw(place, reference.absent, f"{value!r} must be the {how} of an existing {wanted}; {seen}")


def users(target: Resource, kinds: Mapping[str, Kind], store: Store) -> Iterator[Resource]:
    """The existing resources that refer to one."""
    for resource in store.resources():
        kind = kinds.get(resource.type)
        if kind is None or resource == target:
            continue
        for _, reference, value in references(kind.inputs, resource.inputs):
            if target.type in reference.types and value in names_for(target, reference.by):
                yield resource
                break

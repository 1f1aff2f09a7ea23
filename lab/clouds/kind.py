"""What a kind of resource is: its inputs, ids, outputs and the rules its cloud holds it to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.clouds.declaration import Field, Fields, Listing, Record, Reference, Tie
from lab.clouds.schema import Schema
from lab.clouds.shapes import Flaw
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
    """What is updated or deleted; None for a creation."""
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
class Quota:
    """How many resources of one kind may stand side by side."""

    most: int
    code: str
    rule: str
    """In words; `{most}` and the inputs of `per` are put in."""
    per: tuple[str, ...] = ()
    """Inputs that those counted have in common; where none of them is stated nothing is counted."""
    everywhere: bool = False
    """Counted over all regions, and not only in the resource's own."""

    def refusals(self, proposal: Proposal) -> Refusals:
        """Whether one more is too many."""
        common = [proposal.inputs.get(name) for name in self.per]
        if self.per and all(value is None for value in common):
            return
        near = [r for r in proposal.others(proposal.type) if self.everywhere or _is_within(r, proposal.place)]
        alike = [r for r in near if [r.inputs.get(name) for name in self.per] == common]
        if len(alike) >= self.most:
            rule = self.rule.format(most=self.most, **{name: proposal.inputs.get(name) for name in self.per})
            yield Refused(self.code, f"{rule}; there {'is' if len(alike) == 1 else 'are'} {_ids(alike)}")


def _ids(resources: list[Resource]) -> str:
    shown = ", ".join(resource.id for resource in resources[:5])
    return shown if len(resources) <= 5 else f"{shown} and {len(resources) - 5} more"


@dataclass(frozen=True, kw_only=True)
class AutomaticName:
    """A physical name made from the logical one, as the real provider does in its check."""

    property: str
    most: int
    lower_case: bool = False
    prefix: str = ""


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
    quotas: tuple[Quota, ...] = ()
    schema: Schema | None = None
    """The cloud's own description of the kind, where it maps one to one."""
    malformed: str = "InvalidParameterValue"
    """The service's error code for an input of the wrong form."""
    automatic_name: AutomaticName | None = None
    in_use: str | None = None
    """Error code of a deletion while another resource refers to this one; None where the cloud allows it."""
    deletion_rules: tuple[Rule, ...] = ()
    """What else a deletion is refused for."""
    hidden: Callable[[Proposal], dict[str, Any]] = lambda _: {}
    """What the cloud keeps and no program sees, as the store has it; names begin with two underscores."""
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


def dangling(fields: Fields, values: Mapping[str, Any], store: Store, place: str) -> Iterator[Flaw]:
    """References to nothing, to a resource of another type, or to one in another region or zone."""
    for where, reference, value in references(fields, values):
        found = [t for type_ in reference.types for t in store.of(type_) if value in names_for(t, reference.by)]
        if any(_is_within(target, place) for target in found):
            continue
        wanted = " or ".join(reference.types)
        strays = [r.type for r in store.resources() if r.id == value and r.type not in reference.types]
        seen = f"it is a {strays[0]}" if strays else "no resource has it"
        if found:
            seen = f"that one is in {_place_of(found[0])}, not in {place}"
        how = " or ".join(reference.by)
        yield Flaw(where, reference.absent, f"{value!r} must be the {how} of an existing {wanted}; {seen}")


def _place_of(resource: Resource) -> str:
    known = {**resource.inputs, **resource.outputs}
    return str(known.get("region") or known.get("zone") or "")


def _is_within(target: Resource, place: str) -> bool:
    """Whether a resource of a place reaches another; what states no place is everywhere."""
    return not place or _place_of(target) in ("", place)


def users(target: Resource, kinds: Mapping[str, Kind], store: Store, tie: Tie) -> Iterator[Resource]:
    """The existing resources that refer to one in this way."""
    for resource in store.resources():
        kind = kinds.get(resource.type)
        if kind is None or resource == target:
            continue
        for _, reference, value in references(kind.inputs, resource.inputs):
            is_target = target.type in reference.types and value in names_for(target, reference.by)
            if reference.tie is tie and is_target:
                yield resource
                break

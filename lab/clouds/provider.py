"""A Pulumi provider over declared kinds of resources: what the AWS, Sakura and random providers have in common."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.declaration import Flaw, record_flaws
from lab.clouds.kind import Kind, Proposal, Refused, dangling, digits, users
from lab.clouds.properties import UNKNOWN, PropertyMap, concealed_map, is_unknown, plain, plain_map, revealed, wrapped
from lab.clouds.store import Resource, Store

INPUTS_IN_STATE = "__inputs"
"""Output that carries the inputs: the protocol's diff request has none, and programs never see such names."""

_FORGOTTEN_OUTPUT = re.compile(r"(?<!\w)None(?!\w)")
"""What an output that no provider gave becomes in whoever uses it."""

Function = Callable[["EmulatedProvider", dict[str, Any]], dict[str, Any]]


class EmulatedProvider(protocol.Provider):
    """One emulated cloud.

    Its methods never await anything, so that an engine in the same process can drive them without an event loop.
    """

    package: str
    version: str
    kinds: ClassVar[Mapping[str, Kind]]
    functions: ClassVar[Mapping[str, Function]]

    def __init__(self, store: Store) -> None:
        self.store = store
        self.config: dict[str, Any] = {}

    def config_flaws(self, config: dict[str, Any]) -> Iterator[Flaw]:
        """What is wrong with the provider's configuration."""
        yield from ()

    def place(self, inputs: Mapping[str, Any]) -> str:
        """The region or zone of a resource."""
        return ""

    def added_outputs(self, kind: Kind, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs that do not depend on the kind."""
        return {}

    async def get_schema(self, request: protocol.GetSchemaRequest) -> protocol.GetSchemaResponse:
        """The least a plugin must say of itself."""
        return protocol.GetSchemaResponse(schema=f'{{"name": "{self.package}", "version": "{self.version}"}}')

    async def check_config(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Refuses a configuration the real provider would refuse."""
        flaws = self.config_flaws(plain_map(request.new_inputs))
        return protocol.CheckResponse(inputs=request.new_inputs, failures=[_failure(flaw) for flaw in flaws])

    async def configure(self, request: protocol.ConfigureRequest) -> protocol.ConfigureResponse:
        """Takes a configuration. Raises Refused."""
        config = plain_map(request.args)
        for flaw in self.config_flaws(config):
            raise Refused(flaw.code, f"{flaw.place}: {flaw.rule}")
        self.config = config
        return protocol.ConfigureResponse(
            accept_secrets=True, supports_preview=True, accept_outputs=True, accept_resources=True
        )

    async def check(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Refuses inputs that are unknown, missing or misshapen, and names what the program left unnamed."""
        kind = self._kind(request.type)
        inputs = dict(request.new_inputs)
        self._name(kind, request, inputs)
        failures = []
        for flaw in (*record_flaws("", kind.inputs, plain_map(inputs)), *_forgotten_outputs("", plain_map(inputs))):
            failures.append(_failure(_without_secret(flaw, inputs)))
        return protocol.CheckResponse(inputs=inputs, failures=failures)

    async def diff(self, request: protocol.DiffRequest) -> protocol.DiffResponse:
        """Compares with the inputs of the last creation or update."""
        kind = self._kind(request.type)
        old_value = request.old_state.get(INPUTS_IN_STATE)
        old = plain(old_value) if old_value is not None else {}
        new = plain_map(request.new_inputs)
        changed = [key for key in sorted({*old, *new}) if _differs(kind, key, old.get(key), new.get(key))]
        replaces = [key for key in changed if key in kind.inputs and kind.inputs[key].replaces]
        for key, value in self.added_outputs(kind, new).items():
            before = request.old_state.get(key)
            if before is not None and not is_unknown(value) and plain(before) != value and key not in changed:
                changed.append(key)
        details = {key: protocol.PropertyDiff(_difference(key, old, new, replaces), key in new) for key in changed}
        return protocol.DiffResponse(changes=bool(changed), replaces=replaces, diffs=changed, detailed_diff=details)

    async def create(self, request: protocol.CreateRequest) -> protocol.CreateResponse:
        """Creates a resource. Raises Refused with every rule it breaks."""
        kind = self._kind(request.type)
        if request.preview:
            return protocol.CreateResponse(resource_id="", properties=dict(request.properties))
        inputs = self._with_defaults(kind, plain_map(request.properties))
        self._require_references(kind, inputs)
        birth = self.store.next_birth(request.urn)
        unborn = Proposal(
            urn=request.urn, type=kind.type, id="", inputs=inputs, old=None,
            place=self.place(inputs), birth=birth, store=self.store,
        )  # fmt: skip
        _require_rules(kind, unborn)
        proposal = Proposal(**{**vars(unborn), "id": kind.identify(unborn)})
        outputs = self._outputs(kind, proposal, request.properties)
        self.store.record_birth(request.urn)
        self._keep(kind, proposal, request.properties, outputs)
        return protocol.CreateResponse(resource_id=proposal.id, properties=outputs)

    async def update(self, request: protocol.UpdateRequest) -> protocol.UpdateResponse:
        """Changes a resource in place. Raises Refused with every rule it would break, KeyError when it is gone."""
        kind = self._kind(request.type)
        if request.preview:
            unknown = {name: wrapped(UNKNOWN) for name in kind.volatile}
            return protocol.UpdateResponse(properties={**request.olds, **request.news, **unknown})
        inputs = self._with_defaults(kind, plain_map(request.news))
        self._require_references(kind, inputs)
        old = self.store.get(kind.type, request.resource_id, request.urn)
        proposal = Proposal(
            urn=request.urn, type=kind.type, id=request.resource_id, inputs=inputs, old=old,
            place=self.place(inputs), birth=self.store.next_birth(request.urn) - 1, store=self.store,
        )  # fmt: skip
        _require_rules(kind, proposal)
        outputs = self._outputs(kind, proposal, request.news)
        self._keep(kind, proposal, request.news, outputs)
        return protocol.UpdateResponse(properties=outputs)

    async def read(self, request: protocol.ReadRequest) -> protocol.ReadResponse:
        """What the cloud holds now; no id when it is gone."""
        kind = self._kind(request.type)
        try:
            found = self.store.get(kind.type, request.resource_id, request.urn)
        except KeyError:
            return protocol.ReadResponse(resource_id="")
        inputs = {key: revealed(value, self.store.secret) for key, value in found.inputs.items()}
        outputs = {key: revealed(value, self.store.secret) for key, value in found.outputs.items()}
        properties = {**outputs, INPUTS_IN_STATE: PropertyValue(inputs)}
        return protocol.ReadResponse(resource_id=found.id, properties=properties, inputs=inputs)

    async def delete(self, request: protocol.DeleteRequest) -> None:
        """Deletes a resource; one that is gone already is no error. Raises Refused while it is in use."""
        kind = self._kind(request.type)
        try:
            found = self.store.get(kind.type, request.resource_id, request.urn)
        except KeyError:
            return
        if kind.in_use is not None:
            holders = sorted(f"{user.type} {user.id}" for user in users(found, self.kinds, self.store))
            if holders:
                raise Refused(kind.in_use, f"{found.id} is in use by {', '.join(holders)}; delete these first")
        self.store.remove(found.id, found.urn, found.type)

    async def invoke(self, request: protocol.InvokeRequest) -> protocol.InvokeResponse:
        """Answers a data source. Raises Refused for one the lab does not model."""
        function = self.functions.get(request.tok)
        if function is None:
            raise Refused("NotModelled", f"the lab's {self.package} has no function {request.tok}")
        answer = function(self, plain_map(request.args))
        return protocol.InvokeResponse(return_value={key: wrapped(value) for key, value in answer.items()})

    def _kind(self, type_: str) -> Kind:
        """`type_` is the chain of parent types in a URN: the resource's own is the last."""
        own = type_.rpartition("$")[2]
        if own not in self.kinds:
            raise Refused("NotModelled", f"the lab's {self.package} has no resource type {own}")
        return self.kinds[own]

    def _name(self, kind: Kind, request: protocol.CheckRequest, inputs: dict[str, PropertyValue]) -> None:
        rule = kind.automatic_name
        if rule is None or rule.property in inputs or f"{rule.property}Prefix" in inputs:
            return
        if rule.property in request.old_inputs:
            inputs[rule.property] = request.old_inputs[rule.property]
            return
        ending = digits(f"{request.urn} {self.store.next_birth(request.urn)}", 7)
        name = f"{request.name[: rule.most - len(ending) - 1]}-{ending}"
        inputs[rule.property] = PropertyValue(name.lower() if rule.lower_case else name)

    def _with_defaults(self, kind: Kind, inputs: dict[str, Any]) -> dict[str, Any]:
        defaults = {name: field.default for name, field in kind.inputs.items() if field.default is not None}
        return {**defaults, **inputs}

    def _require_references(self, kind: Kind, inputs: Mapping[str, Any]) -> None:
        found = dangling(kind.inputs, inputs, self.store)
        _raise_all(Refused(flaw.code, f"{flaw.place}: {flaw.rule}") for flaw in found)

    def _outputs(self, kind: Kind, proposal: Proposal, given: PropertyMap) -> dict[str, PropertyValue]:
        """Inputs with their secrets, defaults, what the cloud adds, and the inputs once more for the next diff."""
        added = {**self.added_outputs(kind, proposal.inputs), **kind.outputs(proposal)}
        outputs = {name: wrapped(value) for name, value in proposal.inputs.items()} | dict(given)
        for name, value in added.items():
            outputs[name] = wrapped(value).with_secret(name in kind.secret_outputs)
        outputs[INPUTS_IN_STATE] = PropertyValue(given)
        return outputs

    def _keep(self, kind: Kind, proposal: Proposal, inputs: PropertyMap, outputs: PropertyMap) -> None:
        hidden = {
            name: value.with_secret(value.is_secret or name in kind.hidden_outputs)
            for name, value in outputs.items()
            if name != INPUTS_IN_STATE
        }
        owner = f"{proposal.urn}#{proposal.birth}" if proposal.birth > 1 else proposal.urn
        self.store.put(
            Resource(
                proposal.urn,
                kind.type,
                proposal.id,
                concealed_map(inputs, owner, self.store.hide),
                concealed_map(hidden, owner, self.store.hide),
            )
        )


def _require_rules(kind: Kind, proposal: Proposal) -> None:
    _raise_all(refusal for rule in kind.rules for refusal in rule(proposal))


def _raise_all(refusals: Iterator[Refused]) -> None:
    found = list(refusals)
    if found:
        first, *others = found
        raise Refused(first.code, "; ".join([str(first).removeprefix(f"{first.code}: "), *map(str, others)]))


def _differs(kind: Kind, key: str, old: Any, new: Any) -> bool:
    if key in kind.inputs and kind.inputs[key].unordered and isinstance(old, list) and isinstance(new, list):
        return sorted(map(_canonical, old)) != sorted(map(_canonical, new))
    return bool(old != new)


def _canonical(value: Any) -> str:
    """The same text for equal values, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True, default=repr)


def _difference(key: str, old: Mapping[str, Any], new: Mapping[str, Any], replaces: list[str]) -> Any:
    kinds = protocol.PropertyDiffKind
    if key in replaces:
        return kinds.ADD_REPLACE if key not in old else kinds.DELETE_REPLACE if key not in new else kinds.UPDATE_REPLACE
    return kinds.ADD if key not in old else kinds.DELETE if key not in new else kinds.UPDATE


def _failure(flaw: Flaw) -> protocol.CheckFailure:
    return protocol.CheckFailure(flaw.place, f"{flaw.code}: {flaw.rule}")


def _without_secret(flaw: Flaw, inputs: PropertyMap) -> Flaw:
    value = inputs.get(re.split(r"[.\[]", flaw.place)[0])
    if value is None or not value.contains_secret():
        return flaw
    return Flaw(flaw.place, flaw.code, "a secret value breaks the rule for this input, which may not be shown here")


def _forgotten_outputs(place: str, value: Any) -> Iterator[Flaw]:
    """Texts that hold `None`, also inside base64 user data."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _forgotten_outputs(f"{place}.{key}" if place else key, item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _forgotten_outputs(f"{place}[{number}]", item)
    elif isinstance(value, str) and any(_FORGOTTEN_OUTPUT.search(t) for t in (value, _decoded(place, value))):
        yield Flaw(place, "ForgottenOutput", "holds the text 'None': an output that nobody gave was used here")


def _decoded(place: str, value: str) -> str:
    if not place.endswith("userData"):
        return ""
    try:
        return base64.b64decode(value, validate=True).decode(errors="replace")
    except (ValueError, binascii.Error):
        return ""

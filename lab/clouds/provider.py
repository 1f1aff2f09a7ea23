"""A Pulumi provider over declared kinds of resources: what the AWS, Sakura and random providers have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.declaration import Tie, record_flaws
from lab.clouds.difference import differs, nature
from lab.clouds.forgotten import forgotten_outputs
from lab.clouds.kind import Kind, Proposal, Refusals, Refused, dangling, digits, users
from lab.clouds.properties import PropertyMap, concealed_map, plain, plain_map, revealed, wrapped
from lab.clouds.shapes import Flaw
from lab.clouds.store import Resource, Store
from lab.clouds.unknown import UNKNOWN, is_unknown

INPUTS_IN_STATE = "__inputs"
"""Output that carries the inputs: the protocol's diff request has none, and programs never see such names."""

MALFORMED = "InvalidParameterValue"
"""Error code of a flaw where no service has a say."""

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
        return protocol.CheckResponse(inputs=request.new_inputs, failures=[_failure(flaw, MALFORMED) for flaw in flaws])

    async def configure(self, request: protocol.ConfigureRequest) -> protocol.ConfigureResponse:
        """Takes a configuration. Raises Refused."""
        config = plain_map(request.args)
        for flaw in self.config_flaws(config):
            raise Refused(flaw.code or MALFORMED, f"{flaw.place}: {flaw.rule}")
        self.config = config
        return protocol.ConfigureResponse(
            accept_secrets=True, supports_preview=True, accept_outputs=True, accept_resources=True
        )

    async def check(self, request: protocol.CheckRequest) -> protocol.CheckResponse:
        """Refuses inputs that are unknown, missing or misshapen, and names what the program left unnamed."""
        kind = self._kind(request.type)
        inputs = dict(request.new_inputs)
        self._name(kind, request, inputs)
        stated = plain_map(inputs)
        flaws = [*record_flaws("", kind.inputs, stated), *forgotten_outputs("", stated)]
        if kind.schema is not None:
            places = {flaw.place for flaw in flaws}
            flaws += [flaw for flaw in kind.schema.flaws(stated) if flaw.place not in places]
        failures = [_failure(_without_secret(flaw, inputs), kind.malformed) for flaw in flaws]
        return protocol.CheckResponse(inputs=inputs, failures=failures)

    async def diff(self, request: protocol.DiffRequest) -> protocol.DiffResponse:
        """Compares with the inputs of the last creation or update."""
        kind = self._kind(request.type)
        old_value = request.old_state.get(INPUTS_IN_STATE)
        old = plain(old_value) if old_value is not None else {}
        new = plain_map(request.new_inputs)
        changed = [key for key in sorted({*old, *new}) if differs(kind, key, old.get(key), new.get(key))]
        replaces = [key for key in changed if key in kind.inputs and kind.inputs[key].replaces]
        for key, value in self.added_outputs(kind, new).items():
            before = request.old_state.get(key)
            if before is not None and not is_unknown(value) and plain(before) != value and key not in changed:
                changed.append(key)
        details = {key: protocol.PropertyDiff(nature(key, old, new, replaces), key in new) for key in changed}
        return protocol.DiffResponse(
            changes=bool(changed), replaces=replaces, diffs=changed, detailed_diff=details,
            delete_before_replace=bool(replaces) and self._keeps_its_name(kind, request.urn, old, new),
        )  # fmt: skip

    async def create(self, request: protocol.CreateRequest) -> protocol.CreateResponse:
        """Creates a resource. Raises Refused with every rule it breaks."""
        kind = self._kind(request.type)
        if request.preview:
            return protocol.CreateResponse(resource_id="", properties=dict(request.properties))
        unborn = self._proposal(kind, request.urn, "", plain_map(request.properties), None)
        self._require_consent(kind, unborn)
        proposal = replace(unborn, id=kind.identify(unborn))
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
        old = self.store.get(kind.type, request.resource_id, request.urn)
        proposal = self._proposal(kind, request.urn, request.resource_id, plain_map(request.news), old)
        self._require_consent(kind, proposal)
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
        inputs = plain_map({key: revealed(value, self.store.secret) for key, value in found.inputs.items()})
        proposal = self._proposal(kind, request.urn, found.id, inputs, found)
        _raise_all(refusal for rule in kind.deletion_rules for refusal in rule(proposal))
        holders = sorted(f"{user.type} {user.id}" for user in users(found, self.kinds, self.store, Tie.HOLDS))
        if kind.in_use is not None and holders:
            raise Refused(kind.in_use, f"{found.id} is in use by {', '.join(holders)}; delete these first")
        for part in [*users(found, self.kinds, self.store, Tie.PART)]:
            self.store.remove(part.id, part.urn, part.type)
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
        ending = self._ending(request.urn, self.store.next_birth(request.urn))
        name = f"{rule.prefix}{request.name}"[: rule.most - len(ending)] + ending
        inputs[rule.property] = PropertyValue(name.lower() if rule.lower_case else name)

    def _keeps_its_name(self, kind: Kind, urn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        """Whether a replacement would take the name its predecessor holds: one the program states and does not change.

        Pulumi's bridge to Terraform then deletes first; a name it made up itself it makes up anew.
        """
        name = new.get(kind.automatic_name.property) if kind.automatic_name else None
        if name is None or name is UNKNOWN or kind.automatic_name is None:
            return False
        made_up = self._ending(urn, self.store.next_birth(urn) - 1)
        return bool(old.get(kind.automatic_name.property) == name) and not str(name).endswith(made_up)

    @staticmethod
    def _ending(urn: str, birth: int) -> str:
        return f"-{digits(f'{urn} {birth}', 7)}"

    def _proposal(self, kind: Kind, urn: str, id_: str, inputs: Mapping[str, Any], old: Resource | None) -> Proposal:
        defaults = {name: field.default for name, field in kind.inputs.items() if field.default is not None}
        full = {**defaults, **inputs}
        birth = self.store.next_birth(urn) - (old is not None)
        return Proposal(
            urn=urn, type=kind.type, id=id_, inputs=full, old=old, place=self.place(full), birth=birth, store=self.store
        )

    def _require_consent(self, kind: Kind, proposal: Proposal) -> None:
        found = dangling(kind.inputs, proposal.inputs, self.store, self.place_of(kind, proposal))
        _raise_all(Refused(flaw.code or kind.malformed, f"{flaw.place}: {flaw.rule}") for flaw in found)
        quotas = [refusal for quota in kind.quotas for refusal in quota.refusals(proposal)]
        _raise_all(iter([*quotas, *(refusal for rule in kind.rules for refusal in rule(proposal))]))

    def place_of(self, kind: Kind, proposal: Proposal) -> str:
        """The region or zone a resource is bound to; nothing for one that is everywhere, such as a role."""
        return proposal.place if {"region", "zone"} & set(kind.inputs) else ""

    def _outputs(self, kind: Kind, proposal: Proposal, given: PropertyMap) -> dict[str, PropertyValue]:
        """Inputs with their secrets, defaults, what the cloud adds, and the inputs once more for the next diff."""
        added = {**self.added_outputs(kind, proposal.inputs), **kind.outputs(proposal)}
        outputs = {name: wrapped(value) for name, value in proposal.inputs.items()} | dict(given)
        for name, value in added.items():
            outputs[name] = wrapped(value).with_secret(name in kind.secret_outputs)
        outputs |= {name: revealed(value, self.store.secret) for name, value in kind.hidden(proposal).items()}
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


def _raise_all(refusals: Refusals) -> None:
    found = list(refusals)
    if found:
        first, *others = found
        raise Refused(first.code, "; ".join([str(first).removeprefix(f"{first.code}: "), *map(str, others)]))


def _failure(flaw: Flaw, malformed: str) -> protocol.CheckFailure:
    return protocol.CheckFailure(flaw.place, f"{flaw.code or malformed}: {flaw.rule}")


def _without_secret(flaw: Flaw, inputs: PropertyMap) -> Flaw:
    value = inputs.get(re.split(r"[.\[]", flaw.place)[0])
    if value is None or not value.contains_secret():
        return flaw
    return Flaw(flaw.place, flaw.code, "a secret value breaks the rule for this input, which may not be shown here")

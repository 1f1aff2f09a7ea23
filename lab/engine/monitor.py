"""Answers a Pulumi program as the engine does: each resource it registers becomes a step against the clouds.

The SDK's test monitor is the base; what mocks lose is kept here: whole URNs, parents, dependencies, protection,
secrets, providers and what the last run left.
A resource that fails does not stop those that do not depend on it, so one run shows every refusal.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import Any

from google.protobuf import empty_pb2
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import provider_pb2, resource_pb2

from lab.clouds.properties import PropertyMap, plain
from lab.clouds.provider import EmulatedProvider
from lab.clouds.store import names_in
from lab.clouds.unknown import is_unknown
from lab.engine.providers import Providers, RefusedByCloud, answer, require_none
from lab.engine.state import Known, State
from lab.engine.steps import CREATED, REPLACED, SAME, UPDATED, Step

_STACK = "pulumi:pulumi:Stack"
_STACK_REFERENCE = "pulumi:pulumi:StackReference"
_PROVIDER = "pulumi:providers:"


class NoMocks(mocks.Mocks):
    """The base class asks for mocks; every call that would reach them is overridden or not modelled."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Raises RefusedByCloud."""
        raise RefusedByCloud(f"the lab's engine cannot make {args.typ} {args.name!r} by mocks")

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Raises RefusedByCloud."""
        raise RefusedByCloud(f"the lab's engine cannot call {args.token}")


class Monitor(mocks.MockMonitor):
    """Carries out one run of a program."""

    def __init__(self, state: State, providers: Providers) -> None:
        super().__init__(NoMocks())
        self._state = state
        self._providers = providers
        self._one_at_a_time = threading.RLock()
        self.new: dict[str, Known] = {}
        """What exists after this run, in the order of registration."""
        self.registered: set[str] = set()
        self.doomed: list[Known] = []
        """Replaced resources, deleted after everything else stands."""
        self._failed: set[str] = set()
        self.steps: list[Step] = []
        self.failures: list[str] = []
        self.outputs: dict[str, PropertyValue] | None = None
        """Of the stack; None while the program has not come so far."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """`urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` with the whole chain of parent types but the stack's."""
        chain = parent.split("::")[2] if parent else _STACK
        qualified = type_ if chain == _STACK else f"{chain}${type_}"
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        """Creates, updates, replaces or keeps one resource; what goes wrong is kept in `failures`."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == _STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        with self._one_at_a_time:
            needed = {*request.dependencies, request.provider.rpartition("::")[0]}
            if request.custom and needed & self._failed:
                return self._without(urn)
            try:
                known, outputs = self._step(request, urn)
            except Exception as error:
                self.failures.append(f"{urn}: {error}")
                return self._without(urn)
            self.registered.add(urn)
            self.new[urn] = known
        visible = {key: value for key, value in outputs.items() if not key.startswith("__")}
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=known.id, object=PropertyValue.marshal_map(visible))

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Keeps the outputs of the stack and of components."""
        # After a failure some are unknown, and there is nothing to keep of them.
        stated = PropertyValue.unmarshal_map(request.outputs)
        outputs = {name: value for name, value in stated.items() if not is_unknown(plain(value))}
        if request.urn.split("::")[2] == _STACK:
            self.outputs = outputs
        elif request.urn in self.new:
            shown = self._state.concealed(request.urn, outputs)
            self.new[request.urn] = replace(self.new[request.urn], outputs=shown)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:
        """Reads another stack's outputs; nothing else can be read."""
        urn = self.make_urn(request.parent, request.type, request.name)
        try:
            if request.type != _STACK_REFERENCE:
                raise RefusedByCloud("the lab's engine reads stack references only")
            stated = self._state.beside.outputs(request.id, settings.get_project())
        except (LookupError, RefusedByCloud) as error:
            self.failures.append(f"{urn}: {error}")
            raise
        outputs = self._state.revealed(stated)
        read = {
            "name": PropertyValue(request.id),
            "outputs": PropertyValue(outputs),
            "secretOutputNames": PropertyValue([PropertyValue(name) for name in stated if names_in(stated[name])]),
        }
        return resource_pb2.ReadResourceResponse(urn=urn, properties=PropertyValue.marshal_map(read))

    def Invoke(self, request: Any) -> Any:
        """Asks a data source."""
        with self._one_at_a_time:
            try:
                provider = self._providers.the(request.provider, request.tok)
                asked = protocol.InvokeRequest(request.tok, dict(PropertyValue.unmarshal_map(request.args)))
                found = answer(provider.invoke(asked))
            except Exception as error:
                self.failures.append(f"{request.tok}: {error}")
                failure = provider_pb2.CheckFailure(property="", reason=str(error))
                return resource_pb2.ResourceInvokeResponse(failures=[failure])
        returned: dict[str, Any] = {"return": PropertyValue.marshal_map(found.return_value or {})}
        return resource_pb2.ResourceInvokeResponse(**returned)

    def delete(self, known: Known) -> None:
        """Deletes what a cloud holds of a resource; raises what the cloud says."""
        provider = self._providers.the(known.provider, known.type)
        properties = self._state.revealed(known.outputs)
        answer(provider.delete(protocol.DeleteRequest(known.urn, known.id, properties, 0)))

    def configure(self, known: Known) -> None:
        """Makes an explicit provider of an earlier run usable when this run did not register it."""
        if known.urn not in self.registered:
            package = known.type.removeprefix(_PROVIDER)
            self._providers.make(f"{known.urn}::{known.id}", package, known.urn, self._state.revealed(known.inputs))

    def _without(self, urn: str) -> Any:
        """The answer for a resource that did not come to be as stated; an older one stays in the state."""
        self._failed.add(urn)
        old = self._state.get(urn)
        if old is not None and urn not in self.registered and not any(known.urn == urn for known in self.doomed):
            self.new.setdefault(urn, old)
        return resource_pb2.RegisterResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)

    def _step(self, request: Any, urn: str) -> tuple[Known, PropertyMap]:
        if urn in self.registered:
            raise RefusedByCloud("two resources of the program have this URN; give one another name")
        if request.importId or request.remote:
            raise RefusedByCloud("the lab's engine models neither import nor remote components")
        inputs = dict(PropertyValue.unmarshal_map(request.object))
        old = self._state.get(urn)
        if not request.custom or request.type.startswith(_PROVIDER):
            return self._local(request, urn, inputs, old), inputs
        provider = self._providers.the(request.provider, request.type)
        before = self._state.revealed(old.inputs) if old else {}
        if old:
            _ignore(list(request.ignoreChanges), before, inputs)
        checked = _checked(provider, urn, before, inputs)
        id_, checked, outputs = self._apply(request, urn, provider, old, checked, inputs)
        secret = set(request.additionalSecretOutputs)
        outputs = {key: value.with_secret(value.is_secret or key in secret) for key, value in outputs.items()}
        return self._known(request, urn, id_, checked, outputs), outputs

    def _local(self, request: Any, urn: str, inputs: PropertyMap, old: Known | None) -> Known:
        """A component, or a provider that is configured here; neither exists in a cloud."""
        id_ = ""
        if request.custom:
            id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, urn))
            self._providers.make(f"{urn}::{id_}", request.type.removeprefix(_PROVIDER), urn, inputs)
        known = self._known(request, urn, id_, inputs, inputs)
        is_same = old is not None and (not request.custom or old.inputs == known.inputs)
        self.steps.append(Step(urn, SAME if is_same else CREATED if old is None else UPDATED))
        return known

    def _apply(
        self, request: Any, urn: str, provider: EmulatedProvider, old: Known | None, checked: PropertyMap,
        inputs: PropertyMap,
    ) -> tuple[str, PropertyMap, PropertyMap]:  # fmt: skip
        """Brings one resource to its new inputs; answers its id, checked inputs and outputs."""
        if old is None:
            return self._create(urn, provider, checked, Step(urn, CREATED))
        state = self._state.revealed(old.outputs)
        found = answer(provider.diff(protocol.DiffRequest(urn, old.id, state, dict(checked), [])))
        changed = tuple(found.diffs or ())
        if not found.changes:
            self.steps.append(Step(urn, SAME))
            return old.id, checked, state
        if not {*(found.replaces or ()), *_touched(changed, list(request.replaceOnChanges))}:
            news = protocol.UpdateRequest(urn, old.id, state, dict(checked), 0, [], False)
            updated = answer(provider.update(news))
            self.steps.append(Step(urn, UPDATED, changed))
            return old.id, checked, updated.properties or {}
        if old.protect:
            raise RefusedByCloud(f"must be replaced ({', '.join(changed)} changed) but is protected")
        # Without the old inputs the check chooses a fresh physical name.
        checked = _checked(provider, urn, {}, inputs)
        if request.deleteBeforeReplace or found.delete_before_replace:
            self.delete(old)
            self._state.entries.remove(old)
        else:
            self.doomed.append(old)
        return self._create(urn, provider, checked, Step(urn, REPLACED, changed))

    def _create(
        self, urn: str, provider: EmulatedProvider, checked: PropertyMap, step: Step
    ) -> tuple[str, PropertyMap, PropertyMap]:
        try:
            created = answer(provider.create(protocol.CreateRequest(urn, dict(checked), 0, False)))
        except Exception:
            self.doomed = [known for known in self.doomed if known.urn != urn]
            raise
        self.steps.append(step)
        return created.resource_id or "", checked, created.properties or {}

    def _known(self, request: Any, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> Known:
        package = request.type.split(":", maxsplit=1)[0]
        return Known(
            urn=urn,
            type=request.type,
            id=id_,
            parent=request.parent,
            dependencies=tuple(sorted(set(request.dependencies))),
            provider=(request.provider or package) if request.custom else "",
            protect=request.protect,
            inputs=self._state.concealed(urn, inputs),
            outputs=self._state.concealed(urn, outputs),
        )


def _checked(provider: EmulatedProvider, urn: str, before: PropertyMap, inputs: PropertyMap) -> PropertyMap:
    answered = answer(provider.check(protocol.CheckRequest(urn, dict(before), dict(inputs), b"")))
    require_none(answered.failures)
    return answered.inputs or {}


def _ignore(paths: list[str], before: PropertyMap, inputs: dict[str, PropertyValue]) -> None:
    """Puts the last run's values back for `ignoreChanges`. Raises RefusedByCloud for a path into a property."""
    for path in paths:
        if "." in path or "[" in path:
            raise RefusedByCloud(f"ignoreChanges {path!r}: the lab's engine ignores whole properties only")
        inputs.pop(path, None)
        if path in before:
            inputs[path] = before[path]


def _touched(changed: tuple[str, ...], paths: list[str]) -> set[str]:
    """Which of the changed properties a `replaceOnChanges` list names, itself or by a path into it."""
    heads = {path.replace("[", ".").split(".")[0] for path in paths}
    return set(changed) if "*" in heads else set(changed) & heads

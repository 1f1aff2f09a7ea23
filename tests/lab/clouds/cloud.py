"""Emulated clouds driven as an engine drives them: check, then create, update, replace or delete."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.aws.provider import AwsProvider
from lab.clouds.kind import Refused
from lab.clouds.properties import plain, wrapped
from lab.clouds.provider import EmulatedProvider
from lab.clouds.sakura.provider import SakuraProvider
from lab.clouds.store import Store

REGION = "ap-northeast-1"
LEFT_OUT = object()
"""In a case's inputs: this input of the base is not stated."""

Inputs = Mapping[str, Any]


def answer(call: Coroutine[Any, Any, Any]) -> Any:
    """Drives a provider's method, which awaits nothing."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the provider awaited something")


def urn(type_: str, name: str) -> str:
    """As the engine makes it for a child of a component."""
    return f"urn:pulumi:t::flets-to-vpc::flets-to-vpc:index:C${type_}::{name}"


@dataclass(frozen=True)
class Made:
    """What a cloud made of some inputs."""

    type: str
    name: str
    id: str
    inputs: Inputs
    state: dict[str, PropertyValue]

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs, secrets in clear."""
        return {key: plain(value) for key, value in self.state.items()}


class Clouds:
    """AWS in Tokyo and Sakura Cloud in tk1a, with nothing in them."""

    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.aws, self.sakura = AwsProvider(self.store), SakuraProvider(self.store)
        self.configure(region=REGION, defaultTags='{"tags": {"stack": "t"}}')
        answer(self.sakura.configure(protocol.ConfigureRequest({}, {"zone": wrapped("tk1a")}, True, True)))
        self.made: dict[str, Made] = {}

    def configure(self, **config: str) -> None:
        """Takes a configuration of the AWS provider."""
        values = {name: PropertyValue(value) for name, value in config.items()}
        answer(self.aws.configure(protocol.ConfigureRequest({}, values, True, True)))

    def create(self, type_: str, name: str, /, **inputs: Any) -> Made:
        """Checks and creates; `$name` stands for the id of what is called so, `$name.arn` for its ARN. Raises Refused.

        What is created is found under its name from then on.
        """
        provider, checked = self._checked(type_, name, inputs, {})
        done = answer(provider.create(protocol.CreateRequest(urn(type_, name), checked, 0, False)))
        self.made[name] = Made(type_, name, done.resource_id, inputs, done.properties)
        return self.made[name]

    def update(self, name: str, /, **inputs: Any) -> Made:
        """Changes inputs of something in place, whatever its diff says. Raises Refused."""
        old = self.made[name]
        news = {key: value for key, value in {**old.inputs, **inputs}.items() if value is not LEFT_OUT}
        provider, checked = self._checked(old.type, name, news, self._wrapped(old.inputs))
        asked = protocol.UpdateRequest(urn(old.type, name), old.id, old.state, checked, 0, [], False)
        done = answer(provider.update(asked))
        self.made[name] = Made(old.type, name, old.id, news, done.properties)
        return self.made[name]

    def diff(self, name: str, /, **inputs: Any) -> protocol.DiffResponse:
        """What the provider says of changed inputs."""
        old = self.made[name]
        news = {key: value for key, value in {**old.inputs, **inputs}.items() if value is not LEFT_OUT}
        before = plain(old.state["__inputs"])
        provider, checked = self._checked(old.type, name, news, {k: wrapped(v) for k, v in before.items()})
        asked = protocol.DiffRequest(urn(old.type, name), old.id, old.state, checked, [])
        found: protocol.DiffResponse = answer(provider.diff(asked))
        return found

    def delete(self, name: str) -> None:
        """Deletes. Raises Refused."""
        old = self.made[name]
        asked = protocol.DeleteRequest(urn(old.type, name), old.id, old.state, 0)
        answer(self._provider(old.type).delete(asked))

    def check(self, type_: str, /, **inputs: Any) -> list[str]:
        """The failures of a check, `property: reason`."""
        asked = protocol.CheckRequest(urn(type_, "x"), {}, self._wrapped(inputs), b"")
        found = answer(self._provider(type_).check(asked))
        return [f"{failure.property}: {failure.reason}" for failure in found.failures]

    def _checked(
        self, type_: str, name: str, inputs: Inputs, before: dict[str, PropertyValue]
    ) -> tuple[EmulatedProvider, dict[str, PropertyValue]]:
        provider = self._provider(type_)
        asked = protocol.CheckRequest(urn(type_, name), before, self._wrapped(inputs), b"")
        checked = answer(provider.check(asked))
        for failure in checked.failures:
            code, _, rule = failure.reason.partition(": ")
            raise Refused(code, f"{failure.property}: {rule}")
        return provider, checked.inputs

    def _provider(self, type_: str) -> EmulatedProvider:
        return self.sakura if type_.startswith("sakuracloud:") else self.aws

    def _wrapped(self, inputs: Inputs) -> dict[str, PropertyValue]:
        return {key: wrapped(self._resolved(value)) for key, value in inputs.items() if value is not LEFT_OUT}

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._resolved(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._resolved(item) for item in value]
        name, _, output = value[1:].partition(".") if isinstance(value, str) and value.startswith("$") else ("", "", "")
        if name not in self.made:
            return value
        return self.made[name].outputs[output] if output else self.made[name].id


@dataclass(frozen=True)
class Case:
    """Inputs that a rule forbids, over a base that is good."""

    rule: str
    code: str
    words: str
    inputs: Inputs


def case(rule: str, code: str, words: str, /, **inputs: Any) -> Any:
    """One row of a table of refusals."""
    return pytest.param(Case(rule, code, words, inputs), id=rule.replace(" ", "-"))


def refused(clouds: Clouds, type_: str, base: Inputs, row: Case) -> None:
    """Asserts that the base is good and that the row's inputs over it are refused with its code and words."""
    with pytest.raises(Refused) as refusal:
        clouds.create(type_, "refused", **{**base, **row.inputs})
    assert (refusal.value.code, row.words in str(refusal.value)) == (row.code, True), refusal.value

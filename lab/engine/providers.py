"""The providers of one run: default ones from the stack's configuration, explicit ones as the program made them."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from pulumi.provider.experimental import provider as protocol
from pulumi.provider.experimental.property_value import PropertyValue

from lab.clouds.aws.provider import AwsProvider
from lab.clouds.provider import EmulatedProvider
from lab.clouds.random_values import RandomProvider
from lab.clouds.sakura.provider import SakuraProvider
from lab.clouds.store import Store

CLOUDS: Mapping[str, type[EmulatedProvider]] = {
    kind.package: kind for kind in (AwsProvider, SakuraProvider, RandomProvider)
}


_Answer = TypeVar("_Answer")


class RefusedByCloud(Exception):
    """A provider did not take what a resource states; one line per flaw."""


def answer(call: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Drives a provider's method to its end at once: it awaits nothing, and an event loop a call would cost seconds."""
    try:
        call.send(None)
    except StopIteration as end:
        result: _Answer = end.value
        return result
    raise RuntimeError("an emulated provider awaited something; it must answer at once")


class Providers:
    """Finds or configures the provider of a resource."""

    def __init__(self, store: Store, config: Mapping[str, str]) -> None:
        self._store = store
        self._config = config
        self._running: dict[str, EmulatedProvider] = {}
        disabled = json.loads(config.get("pulumi:disable-default-providers", "[]"))
        self._without_default = set(disabled)

    def make(self, reference: str, package: str, urn: str, inputs: Mapping[str, PropertyValue]) -> None:
        """Configures an explicit provider. Raises RefusedByCloud for a configuration the real one refuses."""
        if package not in CLOUDS:
            raise RefusedByCloud(f"the lab emulates no cloud called {package!r}, only {', '.join(CLOUDS)}")
        provider = CLOUDS[package](self._store)
        checked = answer(provider.check_config(protocol.CheckRequest(urn, {}, dict(inputs), b"")))
        require_none(checked.failures)
        answer(provider.configure(protocol.ConfigureRequest({}, dict(checked.inputs or {}), True, True)))
        self._running[reference] = provider

    def the(self, reference: str, type_: str) -> EmulatedProvider:
        """The provider of a resource or function; without a reference its package's default one."""
        package = type_.split(":", maxsplit=1)[0]
        if not reference or reference == package:
            return self._default(package)
        return self._running[reference]

    def _default(self, package: str) -> EmulatedProvider:
        if {package, "*"} & self._without_default:
            rule = "is disabled for this stack (pulumi:disable-default-providers); name an explicit provider"
            raise RefusedByCloud(f"the default provider of {package!r} {rule}")
        if package not in self._running:
            prefix = f"{package}:"
            stated = {k.removeprefix(prefix): PropertyValue(v) for k, v in self._config.items() if k.startswith(prefix)}
            self.make(package, package, f"pulumi:providers:{package}::default", stated)
        return self._running[package]


def require_none(failures: object) -> None:
    """Raises RefusedByCloud with every failure of a check."""
    found = list(failures) if isinstance(failures, list | tuple) else []
    if found:
        raise RefusedByCloud("\n".join(f"{failure.property}: {failure.reason}" for failure in found))

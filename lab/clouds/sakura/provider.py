"""The Sakura Cloud provider: its configuration and kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from lab.clouds.declaration import record_flaws, text
from lab.clouds.kind import Kind
from lab.clouds.provider import EmulatedProvider, Function
from lab.clouds.sakura import packet_filters, servers
from lab.clouds.sakura.zone import ZONES
from lab.clouds.shapes import Flaw

_CONFIG = {name: text() for name in ("token", "secret", "profile", "version")} | {"zone": text(*ZONES, required=True)}


class SakuraProvider(EmulatedProvider):
    """Emulates pulumi-sakuracloud 0.6 in one zone."""

    package = "sakuracloud"
    version = "0.6.1"
    kinds: ClassVar[Mapping[str, Kind]] = {
        kind.type: kind for module in (packet_filters, servers) for kind in module.KINDS
    }
    functions: ClassVar[Mapping[str, Function]] = {}

    def config_flaws(self, config: dict[str, Any]) -> Iterator[Flaw]:
        """The zone must exist; a stated token would land in the state, but that is the program's to avoid."""
        yield from record_flaws("", _CONFIG, config)

    def place(self, inputs: Mapping[str, Any]) -> str:
        """The zone of a resource: its own or the provider's."""
        return str(inputs.get("zone") or self.config["zone"])

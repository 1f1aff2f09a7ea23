"""Reads a stack file as the Pulumi CLI does, and gives each value only the owner knows a stand-in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import yaml

PROJECT = "flets-to-vpc"
REPLACE_ME = "REPLACE_ME:"
"""How a committed stack file marks an id or address that only its owner knows."""
STAND_IN_ACCOUNT = "123456789012"

_Path = tuple[str, ...]


def project_of(program: Path) -> str:
    """The name in a program's Pulumi.yaml; this repository's own where there is none."""
    file = program / "Pulumi.yaml"
    return str(yaml.safe_load(file.read_text())["name"]) if file.exists() else PROJECT


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack's configuration with every `REPLACE_ME` replaced."""

    config: dict[str, Any]
    """By `namespace:key`, values as YAML gives them."""
    stand_ins: tuple[str, ...]
    """One line for each value that was replaced: place, stand-in, where the real one is found."""

    @classmethod
    def load(cls, path: Path, project: str = PROJECT) -> StackFile:
        """Reads `Pulumi.STACK.yaml`; keys without a namespace are the project's.

        Raises ValueError with the place of whatever is not as a stack file must be, OSError when it is not there.
        """
        try:
            document = yaml.safe_load(path.read_text())
        except yaml.YAMLError as error:
            raise ValueError(f"{path}: not YAML: {error}") from None
        config = document.get("config") if isinstance(document, dict) else None
        if not isinstance(config, dict):
            raise ValueError(f"{path}: has no `config:` map")
        qualified = {key if ":" in key else f"{project}:{key}": value for key, value in config.items()}
        return _without_gaps(path, qualified)

    def for_pulumi(self) -> dict[str, str]:
        """The configuration as a Pulumi program receives it: strings as they are, all else as JSON.

        Raises ValueError for an encrypted value: its key is the CLI's.
        """
        for key, value in self.config.items():
            if isinstance(value, dict) and set(value) == {"secure"}:
                raise ValueError(f"{key}: encrypted values need the Pulumi CLI; the lab has no key to read them")
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in self.config.items()}


def _without_gaps(path: Path, config: dict[str, Any]) -> StackFile:
    stand_ins: list[str] = []
    unknown: list[str] = []

    def replace(place: _Path, text: str) -> str:
        stand_in = _stand_in(place, config)
        if stand_in is None:
            unknown.append(f"{path}: {'.'.join(place)}: the lab has no stand-in for this value; state one")
            return text
        stand_ins.append(f"{'.'.join(place)} = {stand_in} ({text.removeprefix(REPLACE_ME).strip()})")
        return stand_in

    replaced = {key: _mapped((key,), value, replace) for key, value in config.items()}
    if unknown:
        raise ValueError("\n".join(unknown))
    return StackFile(config=replaced, stand_ins=tuple(stand_ins))


def _mapped(place: _Path, value: Any, replace: Callable[[_Path, str], str]) -> Any:
    """The value with every gap in it replaced; `place` names list items by their number."""
    if isinstance(value, str) and value.startswith(REPLACE_ME):
        return replace(place, value)
    if isinstance(value, dict):
        return {key: _mapped((*place, str(key)), item, replace) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped((*place, str(number)), item, replace) for number, item in enumerate(value)]
    return value


def _stand_in(place: _Path, config: dict[str, Any]) -> str | None:
    """A value of the right form for a gap, the same in every run; None where no form is known."""
    hexadecimal = hashlib.sha256(".".join(place).encode()).hexdigest()[:17]
    decimal = f"113{int(hexadecimal, 16) % 10**9:09}"
    if "subnet_ids" in place:
        return f"subnet-{hexadecimal}"
    if "route_table_ids" in place:
        return f"rtb-{hexadecimal}"
    by_key = {
        "vpc_id": f"vpc-{hexadecimal}",
        "aws_ami": f"ami-{hexadecimal}",
        "switch_id": decimal,
        "sakura_archive": decimal,
        "account_id": STAND_IN_ACCOUNT,
    }
    return by_key.get(place[-1]) or _closed_network_stand_in(place, config)


def _closed_network_stand_in(place: _Path, config: dict[str, Any]) -> str | None:
    """A free address of the closed network for a router, the gateway, the virtual address or a BGP site."""
    closed_network = config.get(f"{PROJECT}:path", {}).get("closed_network", {})
    wanted = place[-1] in ("gateway", "virtual_ip", "sakura-a", "sakura-b") and "closed_network" in place
    if not wanted and place[-2:] != ("bgp", "address"):
        return None
    gaps = [gap for gap in _gaps((), config) if gap[-2:] == ("bgp", "address") or "closed_network" in gap]
    stated = {text for text in _texts(config) if not text.startswith(REPLACE_ME)}
    free = (str(host) for host in IPv4Network(closed_network["cidr"]).hosts() if str(host) not in stated)
    return dict(zip(gaps, free, strict=False)).get(place)


def _gaps(place: _Path, value: Any) -> Iterator[_Path]:
    if isinstance(value, str) and value.startswith(REPLACE_ME):
        yield place
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _gaps((*place, str(key)), item)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _gaps((*place, str(number)), item)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value

"""Profiles: the same stack with other timers and with or without takeover, and nothing else changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.deploy import stack_file
from lab.errors import BadInput
from lab.supervisor.folder import CHECKOUT

STACK = "lab"
FOLDER = CHECKOUT / "build" / "drills"
PATH_KEY = "flets-to-vpc:path"

PROFILES: Mapping[str, Mapping[str, Any]] = {
    "ours": {"takeover": True, "timers": {"bfd_ms": 100, "bfd_multiplier": 3, "tgw_hold_s": 30}},
    "bfd-150": {"takeover": True, "timers": {"bfd_ms": 50, "bfd_multiplier": 3, "tgw_hold_s": 30}},
    "hold-30": {"takeover": False, "timers": {"bfd_ms": 0, "bfd_multiplier": 3, "tgw_hold_s": 30}},
    "bfd-900": {"takeover": False, "timers": {"bfd_ms": 300, "bfd_multiplier": 3, "tgw_hold_s": 30}},
}
"""`ours` is what `prod` runs; `hold-30` what AWS's own Connect sample does; `bfd-900` the best that others publish."""
OURS = "ours"


def lab_name(profile: str) -> str:
    """The lab that drills of a profile boot. Raises BadInput for an unknown profile."""
    if profile not in PROFILES:
        raise BadInput([f"{profile!r}: there is no such profile (PROFILE); choose one of {', '.join(PROFILES)}"])
    return f"drills-{profile}"


def write_stack_file(profile: str) -> Path:
    """Writes the profile's stack file under `build/drills/` and returns where it is."""
    document = yaml.safe_load(stack_file(STACK).read_text())
    document["config"][PATH_KEY].update(PROFILES[profile])
    path = stack_path(lab_name(profile))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def stack_path(stack: str) -> Path:
    """Where the stack file of a profile's lab is."""
    return FOLDER / f"Pulumi.{stack}.yaml"

"""What FRR on a router says, asked now."""

from __future__ import annotations

import json
from typing import Any

from lab.errors import LabFault
from lab.nodes import Booted

BGP = "show bgp neighbors json"


def ask(booted: Booted, words: str) -> Any:
    """The answer to a question for JSON. Raises LabFault when it is none."""
    said = booted.run(["vtysh", "-c", words])
    try:
        return json.loads(said.stdout)
    except ValueError as fault:
        raise LabFault(f"{booted.name}: vtysh: {said.stderr.strip() or said.stdout.strip()}") from fault

"""`report.json`: what a lab was, how long it took, and what it proved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.proof.result import Broken, Proof
from lab.supervisor.folder import LabFolder, Run, link_atomically, write_atomically

SCHEMA_VERSION = 1

STAGES = ("deploy", "boot", "converge", "prove", "total")


def report(run: Run, proof: Proof, seconds: Mapping[str, float], peak_memory_mib: int) -> dict[str, Any]:
    """One report, of a fixed shape: programs read it, so a change of it is a new schema version."""
    return {
        "schema": SCHEMA_VERSION,
        "ok": proof.ok,
        "stack": run.stack,
        "engine": run.engine,
        "wireguard": run.wireguard,
        "gre": run.gre,
        "stand_ins": list(run.stand_ins),
        "seconds": {stage: round(seconds.get(stage, 0.0), 2) for stage in STAGES},
        "peak_memory_mib": peak_memory_mib,
        "paths": [asdict(path) for path in proof.paths],
        "denied": [
            {"from": tried.source, "to": tried.target, "port": tried.port, "blocked": tried.blocked}
            for tried in proof.denied
        ],
        "broken": [
            {"hop": found.hop, "rule": found.rule, "seen": found.seen, "paths": list(found.paths)}
            for found in proof.broken
        ],
    }


def unproved(usable_mtu: int, broken: Broken) -> Proof:
    """A lab that did not come far enough to prove anything: one thing is known to be broken."""
    return Proof(usable_mtu=usable_mtu, paths=(), denied=(), broken=(broken,), hop_packets={})


def write(folder: LabFolder, content: Mapping[str, Any]) -> None:
    """Writes the report and makes it the checkout's last one."""
    write_atomically(folder / "report.json", json.dumps(content, indent=1) + "\n")
    link_atomically(folder.labs / "report.json", Path(folder.name) / "report.json")

"""`soak`: nothing is broken and every processor is busy; no session may go down and no probe may be lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.bench import machine
from lab.drills.drilled_lab import DrilledLab, Line, Tell
from lab.drills.line import stood_still
from lab.drills.measure import WAYS
from lab.drills.rows import SOAK
from lab.drills.runs import commit, product
from lab.errors import LabFault
from lab.supervisor.folder import CHECKOUT, link_atomically, write_atomically

SCHEMA_VERSION = 3
FOLDER = CHECKOUT / "build/soak"
"""A report for each profile, `ours.json` and so on: of its last soak; `report.json` is a link to the last of all."""
BUSY = (sys.executable, "-c", "while True: pass")
"""At normal priority, as any program that needs the processor."""


def soak(profile: str, minutes: float, tell: Tell) -> tuple[Path, dict[str, Any]]:
    """Measures parts until they make up these minutes, and writes the report, whatever ends it.

    Raises LabFault when a part cannot be measured, as where a session stays down.
    """
    lab, parts, why = DrilledLab(tell), list[Line](), "it was ended before its time was up"
    host = machine()
    try:
        lab.boot(profile)
        with busy_processors():
            while not parts or _measured_s(parts) < minutes * 60:
                parts.append(lab.ask(SOAK, number=len(parts), is_bgp=len(parts) % 2 == 0))
                tell(told(parts))
        why = ""
    except LabFault as fault:
        why = str(fault)
        raise
    finally:
        lab.end()
        content = report(profile, parts, host, why)
        written = report_path(profile)
        written.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(written, report_text(content))
        link_atomically(FOLDER / "report.json", Path(written.name))
    return written, content


def report_path(profile: str) -> Path:
    """Where the report of a profile's last soak is."""
    return FOLDER / f"{profile}.json"


def report_text(content: Mapping[str, Any]) -> str:
    """A report as its file has it."""
    return json.dumps(content, indent=1) + "\n"


def last(product_id: str) -> list[dict[str, Any]]:
    """The last soak of each profile that was one of this product, where it says all that the page wants."""
    paths = (path for path in sorted(FOLDER.glob("*.json")) if not path.is_symlink())
    found = [json.loads(path.read_text()) for path in paths]
    known = [one for one in found if one["schema"] == SCHEMA_VERSION]
    return [one for one in known if one["product"] == product_id and one["seconds"]]


@contextmanager
def busy_processors() -> Iterator[None]:
    """As many endless loops as there are processors; they end with this process, however it ends."""
    loops = [subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *BUSY]) for _ in os.sched_getaffinity(0)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def report(profile: str, parts: Sequence[Line], host: Mapping[str, Any], why: str = "") -> dict[str, Any]:
    """The sums of all parts but those in which the machine stood still; `why` it ended early, if it did."""
    counted = [part for part in parts if not stood_still(part)]
    ways = [part[way] for part in counted for way in WAYS]
    flaps = [flap for part in counted for flap in part["flaps"]]
    lost = sum(way["lost"] for way in ways)
    return {
        "schema": SCHEMA_VERSION,
        "ok": bool(counted) and not flaps and not lost and not why,
        "why": why,
        "profile": profile,
        "product": product(),
        "commit": commit(),
        "host": dict(host),
        "seconds": _measured_s(counted),
        "jitter_ms": max((part["jitter"]["max_ms"] for part in counted), default=None),
        "agent_percent": max((part["agent_percent"] for part in counted), default=None),
        "lost": lost,
        "sent": sum(way["sent"] for way in ways),
        "flaps": flaps,
        "stood_still": [_still(part) for part in parts if stood_still(part)],
    }


def _measured_s(parts: Sequence[Line]) -> float:
    return round(sum((float(part["seconds"]["fault"]) for part in parts), 0.0), 1)


def _still(part: Line) -> dict[str, Any]:
    """A part that does not count, and what happened in it."""
    lost = sum(part[way]["lost"] for way in WAYS)
    return {"ms": part["stood_still_ms"], "seconds": part["seconds"]["fault"], "lost": lost, "flaps": part["flaps"]}


def told(parts: Sequence[Line]) -> str:
    """How it stands, for people."""
    so_far = report("", parts, {})
    still = f"; not counted: {len(so_far['stood_still'])}, the machine stood still" if so_far["stood_still"] else ""
    return (
        f"{so_far['seconds']:.0f} s: {so_far['lost']} of {so_far['sent']:,} lost, {len(so_far['flaps'])} flaps{still}"
    )

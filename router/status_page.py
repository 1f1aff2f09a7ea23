"""`flets-to-vpc status`: a page for people, or JSON for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence

from router.journal import show
from router.machine import Machine
from router.status import Status, for_programs, look


def status(machine: Machine, *, as_json: bool) -> int:
    """Prints it; 1 when something expected is down. Raises AgentError when no bundle was installed."""
    seen = look(machine)
    show(json.dumps(for_programs(seen), indent=2) if as_json else page(seen))
    return 1 if seen.down else 0


def page(seen: Status) -> str:
    """The whole page; what is down comes last, where a terminal leaves it in sight."""
    blocks = [_head(seen), _units(seen), _tunnels(seen), _bgp(seen), _bfd(seen), _prefixes(seen), _verdict(seen)]
    return "\n\n".join(block for block in blocks if block)


def _head(seen: Status) -> str:
    lines = [f"{seen.router} ({seen.cloud}): {'ready' if seen.ready else 'NOT READY'}"]
    if seen.record is None:
        lines.append("bundle: not started yet")
    else:
        since = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seen.record.booted_at_s))
        where = "fetched from AWS" if seen.record.source == "api" else "FROM DISK: AWS was away"
        lines += [f"bundle: {seen.record.bundle_version} ({where}), path started {since}", f"last: {seen.record.last}"]
    if seen.virtual_ip is not None:
        lines.append(f"virtual address: {seen.virtual_ip} {'held here' if seen.virtual_ip_held else 'not held here'}")
    return "\n".join(lines)


def _units(seen: Status) -> str:
    return _table("UNIT", ("STATE",), ((name, (state,)) for name, state in seen.units.items()))


def _tunnels(seen: Status) -> str:
    rows = []
    for name, tunnel in seen.tunnels.items():
        if tunnel is None:
            rows.append((name, ("absent", "-", "-")))
            continue
        age = "never" if tunnel.handshake_age_s is None else f"{tunnel.handshake_age_s} s ago"
        rows.append((name, (age, f"{tunnel.received_bytes} B", f"{tunnel.sent_bytes} B")))
    return _table("TUNNEL", ("HANDSHAKE", "RECEIVED", "SENT"), rows)


def _bgp(seen: Status) -> str:
    rows = [
        (name, ("absent", "-") if session is None else (session.state, str(session.received_prefixes)))
        for name, session in seen.bgp.items()
    ]
    return _table("BGP NEIGHBOR", ("STATE", "PREFIXES"), rows)


def _bfd(seen: Status) -> str:
    rows = []
    for name, session in seen.bfd.items():
        if session is None:
            rows.append((name, ("absent", "-", "-")))
            continue
        timers = f"{session.transmit_ms}/{session.receive_ms} ms x {session.multiplier}"
        in_force = f"send {session.transmit_in_force_ms} ms, detect {session.detection_ms} ms" if session.up else "-"
        rows.append((name, (session.status, timers, in_force)))
    return _table("BFD PEER", ("STATE", "TIMERS", "IN FORCE"), rows)


def _prefixes(seen: Status) -> str:
    rows = ((prefix, ("reached" if present else "NO ROUTE",)) for prefix, present in seen.prefixes.items())
    return _table("PREFIX", ("ROUTE",), rows)


def _verdict(seen: Status) -> str:
    return "\n".join(["DOWN:", *(f"  {what}" for what in seen.down)]) if seen.down else "everything expected is up"


def _table(name: str, columns: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> str:
    cells = [(first, *rest) for first, rest in rows]
    if not cells:
        return ""
    cells.insert(0, (name, *columns))
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells)

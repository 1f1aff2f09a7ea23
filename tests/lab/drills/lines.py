"""Lines of `runs.jsonl`, made up."""

from __future__ import annotations

from typing import Any


def direction(outage_ms: float = 300.0, lost: int = 15, sent: int = 3000) -> dict[str, Any]:
    return {"outage_ms": outage_ms, "lost": lost, "sent": sent, "duplicates": 0, "reordered": 1}


def line(row: str = "tunnel-cut", **values: Any) -> dict[str, Any]:
    """A valid run of the first series."""
    made = {
        "profile": "ours",
        "gateway_reaction_s": 0,
        "row": row,
        "fault": "in words",
        "instance": "sakura-a/aws-a",
        "site": "site:plant-01",
        "valid": True,
        "why": "",
        "forward": direction(),
        "backward": direction(0.0, 0),
        "mend": {"lost": 0, "sent": 4000},
        "not_as_before": [],
        "commit": "0123456789ab",
        "at": "2026-01-01T00:00:00+00:00",
    }
    return {**made, **values}


def undisturbed(p99_ms: float, max_ms: float) -> dict[str, Any]:
    return line("undisturbed", jitter={"p99_ms": p99_ms, "max_ms": max_ms})

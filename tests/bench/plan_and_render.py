"""How long plan and files take as sites are added: `python -m tests.bench.plan_and_render` prints JSON.

`{"<sites>": seconds}`; each figure is the best of several, the one least disturbed by other programs.
The lab may not import the program's modules, so its benchmark runs this one.
"""

from __future__ import annotations

import json
import time
from typing import Any

from render import router_files
from tests.render.stack import LIVE, lab_plan
from topology import ROUTERS

SITES = (1, 10, 100)
REPEATS = 5


def seconds(sites: int) -> float:
    """The time from what an operator states to every file of every router."""

    def many(path: dict[str, Any]) -> None:
        path["sites"] = [
            {"id": n, "name": f"site-{n:03}", "prefixes": [f"192.168.{n}.0/24"]} for n in range(1, sites + 1)
        ]

    started = time.perf_counter()
    plan = lab_plan(many)
    for router in ROUTERS:
        router_files(plan, router, LIVE)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps({sites: min(seconds(sites) for _ in range(REPEATS)) for sites in SITES}))

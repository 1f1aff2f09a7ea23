"""What the agent sees of a bfdd that has two ends of one session: prints its states after each change, as JSON.

After each change it asks only when bfdd has told it to.
"""

from __future__ import annotations

import json
import select

from router.bfd_events import BfdEvents
from router.frr import Frr
from router.paths import Paths

ONE = "peer 10.9.0.2 multihop local-address 10.9.0.1"
OTHER = "peer 10.9.0.1 multihop local-address 10.9.0.2"
TOLD_WITHIN_S = 15.0
STEPS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("two peers", ("bfd", ONE, "exit", OTHER), {"10.9.0.1": "down", "10.9.0.2": "down"}),
    ("both heard", (), {"10.9.0.1": "up", "10.9.0.2": "up"}),
    ("one shut", ("bfd", ONE, "shutdown"), {"10.9.0.1": "down", "10.9.0.2": "shutdown"}),
    ("raised again", ("bfd", ONE, "no shutdown"), {"10.9.0.1": "up", "10.9.0.2": "up"}),
    ("one deleted", ("bfd", f"no {ONE}"), {"10.9.0.1": "down"}),
)
"""What is done, what bfdd is told, and the states to wait for."""


def main() -> None:
    paths = Paths()
    frr, events = Frr(paths, lambda *_, **__: ""), BfdEvents(paths.frr_run / "bfdd.sock", 0.0)

    def told() -> bool:
        return bool(select.select(events.sockets, (), (), TOLD_WITHIN_S)[0]) and events.any_news(0.0)

    events.any_news(0.0)
    while not events.is_open and told():
        pass
    seen: dict[str, dict[str, str]] = {}
    for name, lines, until in STEPS:
        if lines:
            frr.vty("bfdd").configure(*lines)
        while seen.get(name) != until and told():
            seen[name] = dict(frr.bfd_states())
    print(json.dumps(seen))


if __name__ == "__main__":
    main()

"""What `watch` decided, for people and programs: each move a line in the journal and a count in `watch.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from router import files
from router.agent_lines import Lines
from router.journal import say, warn
from router.observed import Judgement
from router.paths import Paths
from router.patience import REMIND_EVERY_S

WARNED = ("withheld", "not ready", "takeover")
"""Moves away from how it should be; the others lead back."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """`watch.json`."""

    ready: bool
    why_not_ready: tuple[str, ...] = ()
    takeover: tuple[str, ...] = ()
    """The halves that are announced."""
    withheld: bool = False
    draining: bool = False
    moves: dict[str, int] = field(default_factory=dict)
    """How often since boot, by name: ready, not ready, takeover, end of takeover, withheld, announced again,
    fresh session.
    """


def watched(paths: Paths) -> Watched | None:
    """What `watch` judged last; None before it did."""
    if not paths.watch_file.exists():
        return None
    stated = json.loads(paths.watch_file.read_text())
    lists = {name: tuple(stated[name]) for name in ("why_not_ready", "takeover")}
    return Watched(**{**stated, **lists})


class Moves:
    """Tells of every change once."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._last = watched(paths)
        self._noted: tuple[Judgement, Lines] | None = None
        self._complaint, self._complained_at_s = "", float("-inf")

    def note(self, judgement: Judgement, lines: Lines) -> None:
        """Says what changed, counts it and writes the file; says nothing when nothing did."""
        if (judgement, lines) == self._noted:
            return  # as nearly always
        self._noted = (judgement, lines)
        before = self._last or Watched(ready=False)
        said = list(_said(before, judgement, lines))
        counts = dict(before.moves)
        for name, message in said:
            counts[name] = counts.get(name, 0) + 1
            (warn if name in WARNED else say)(message)
        now = Watched(
            ready=judgement.ready,
            why_not_ready=judgement.why_not_ready,
            takeover=lines.halves,
            withheld=lines.withheld,
            draining=lines.draining,
            moves=counts,
        )
        if now != self._last:
            self._last = now
            files.write(self._paths.watch_file, json.dumps(asdict(now)))

    def complain(self, message: str, now_s: float) -> None:
        """Says what stands in the way, again only after a while."""
        if message != self._complaint or now_s - self._complained_at_s > REMIND_EVERY_S:
            self._complaint, self._complained_at_s = message, now_s
            warn(message)


def _said(before: Watched, judgement: Judgement, lines: Lines) -> list[tuple[str, str]]:
    said = []
    if before.withheld != lines.withheld:
        name = "withheld" if lines.withheld else "announced again"
        said.append((name, f"{name}: what this router announces across its tunnels"))
    if judgement.stale_session:
        words = f"fresh session: {judgement.stale_session}, for its leg works again after a long silence"
        said.append(("fresh session", words))
    if before.ready != judgement.ready:
        name = "ready" if judgement.ready else "not ready"
        reason = "this router carries the path" if judgement.ready else "; ".join(judgement.why_not_ready)
        said.append((name, f"{name}: {reason}"))
    if bool(before.takeover) != bool(lines.halves):
        if lines.halves:
            said.append(("takeover", f"takeover: the sibling is not ready; announcing {', '.join(lines.halves)}"))
        else:
            said.append(("end of takeover", "end of takeover: the sibling carries its part again"))
    return said

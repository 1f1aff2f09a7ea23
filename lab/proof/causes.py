"""Tells causes from what merely follows: nothing works at a hop where something it stands on is broken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from lab.proof.hops import ends, rank
from lab.proof.result import Broken, Layer


def causes(found: Sequence[Broken]) -> tuple[Broken, ...]:
    """What does not follow from anything else that was found, in the order of layers and of the path.

    A cause has the paths of all that follows from it.
    """
    reasons = {one: _reasons(one, found) for one in found}
    paths = {one: set(one.paths) for one in found if not reasons[one]}
    for one in found:
        for cause in reasons[one]:
            paths.get(cause, set()).update(one.paths)
    first = [replace(one, paths=tuple(sorted(passed))) for one, passed in paths.items()]
    return tuple(sorted(first, key=lambda one: (one.layer, rank(one.hop), one.hop)))


def _breaks(cause: Broken, hop: str) -> bool:
    """Whether it stands at the hop, or is the end of a router that the hop is a link of."""
    return cause.hop == hop or (cause.layer <= Layer.RULE and cause.hop in ends(hop))


def _reasons(one: Broken, found: Iterable[Broken]) -> list[Broken]:
    """What of a lower layer keeps this from working."""
    lower = [other for other in found if other.layer < one.layer]
    reasons: list[Broken] = []
    for group in ((one.hop,), *one.needs):
        broken = [[other for other in lower if _breaks(other, hop)] for hop in group]
        if all(broken):
            reasons += [other for hop in broken for other in hop]
    return reasons

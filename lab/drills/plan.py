"""Which runs are still missing, and which of them comes next: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lab.drills.measure import WAYS
from lab.drills.profiles import OURS, PROFILES
from lab.drills.rows import CHAOS, OTHER_RUNS, ROWS, Row

ROWS_OF_OTHERS = 3
"""Of another profile the first rows are enough: they show what takeover and timers are worth."""
SLOW_REACTIONS_S = (1, 5)
"""How long the gateway may take from an update to its forwarding: nobody publishes it, so it is measured at three."""
CHAOS_RUNS = 20
MOST_INVALID = 0.2
"""Of all runs of a row: with more it is not measured."""
MOST_FRUITLESS = 2
"""Invalid runs, times the wanted ones: then the machine is too busy for this row."""

PROBES = 100_000
"""So many, both directions together, before "none lost" says much."""

Line = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Series:
    """Runs that belong together: one line of the report."""

    profile: str
    gateway_reaction_s: int
    row: Row
    wanted: int
    seed: int | None = None
    """Of chaos; None: of any seed."""
    probes: int = 0
    """That must have left from the mending on, and before it where the fault is planned, over all runs."""

    def holds(self, line: Line) -> bool:
        """Whether a run is one of these."""
        own = (self.profile, self.gateway_reaction_s, self.row.name)
        is_own = own == (line["profile"], line["gateway_reaction_s"], line["row"])
        return is_own and self.seed in (None, line.get("seed"))


@dataclass(frozen=True, kw_only=True)
class Next:
    """The run to do."""

    series: Series
    number: int
    """How often this series was tried before: it takes instances and kinds of site in turn."""

    @property
    def is_bgp(self) -> bool:
        """Whether the probes' site speaks BGP: both kinds in turn, and for every instance."""
        count = max(len(self.series.row.instances), 1)
        rounds = self.number // count if count % 2 == 0 else 0  # else the turns do not meet by themselves
        return (self.number + rounds) % 2 == 0


def all_series(profiles: Sequence[str] = tuple(PROFILES), rows: Sequence[Row] = ROWS, runs: int = 0) -> list[Series]:
    """Every line of the report, for these profiles and rows; `runs` instead of each one's own number, where given."""
    found = []
    for profile in profiles:
        for row in rows:
            if profile != OURS:
                if row in ROWS[:ROWS_OF_OTHERS]:
                    found.append(Series(profile=profile, gateway_reaction_s=0, row=row, wanted=runs or OTHER_RUNS))
                continue
            probes = 0 if runs else PROBES
            found.append(Series(profile=profile, gateway_reaction_s=0, row=row, wanted=runs or row.runs, probes=probes))
            if row.is_headline:
                found += [
                    Series(profile=profile, gateway_reaction_s=reaction_s, row=row, wanted=runs or OTHER_RUNS)
                    for reaction_s in SLOW_REACTIONS_S
                ]
    return found


def chaos(profile: str, runs: int, seed: int | None) -> Series:
    """Chaos is asked for by name: it is in the report where it was done."""
    return Series(profile=profile, gateway_reaction_s=0, row=CHAOS, wanted=runs or CHAOS_RUNS, seed=seed)


def next_run(series: Iterable[Series], lines: Sequence[Line]) -> Next | None:
    """The run that tells most: a few of every row first, then the other profiles, then all the rest."""
    open_ones = [(one, tried) for one in series if is_open(one, tried := _of(one, lines))]
    if not open_ones:
        return None
    one, tried = min(open_ones, key=lambda pair: _order(*pair))
    return Next(series=one, number=len(tried))


def wants_sizes(one: Series, lines: Sequence[Line]) -> bool:
    """Whether it is still to be seen what a headline row's path carries: once, beside its valid runs."""
    is_told = any(line["row"] == one.row.sizes_name and line["valid"] for line in lines)
    is_first = one.profile == OURS and not one.gateway_reaction_s and one.row.is_headline
    return is_first and not is_told and valid_of(one, lines) > 0


def left(series: Iterable[Series], lines: Sequence[Line]) -> int:
    """How many valid runs are missing."""
    return sum(max(one.wanted - valid_of(one, lines), 1) for one in series if is_open(one, _of(one, lines)))


def is_open(one: Series, tried: Sequence[Line]) -> bool:
    """Whether a series needs another run: one that was skipped or tried in vain too often does not."""
    valid = sum(1 for line in tried if line["valid"])
    enough = valid >= one.wanted and not too_many_invalid(tried) and _probes(one, tried) >= one.probes
    is_hopeless = len(tried) - valid >= MOST_FRUITLESS * one.wanted
    return not (enough or is_hopeless or any(line.get("skipped") for line in tried))


def _probes(one: Series, tried: Sequence[Line]) -> int:
    """How many have shown that nothing is lost when nothing should be."""
    valid = [line for line in tried if line["valid"]]
    on_mending = sum(int(line["mend"]["sent"]) for line in valid)
    before_it = sum(int(line[way]["sent"]) for line in valid for way in WAYS)
    return min(on_mending, before_it) if one.row.is_planned else on_mending


def too_many_invalid(tried: Sequence[Line]) -> bool:
    """Whether a row counts as not measured."""
    invalid = sum(1 for line in tried if not line["valid"])
    return invalid > MOST_INVALID * len(tried)


def valid_of(one: Series, lines: Sequence[Line]) -> int:
    """Valid runs of a series."""
    return sum(1 for line in _of(one, lines) if line["valid"])


def _of(one: Series, lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if one.holds(line)]


def _order(one: Series, tried: Sequence[Line]) -> tuple[int, ...]:
    is_first = one.profile == OURS and not one.gateway_reaction_s and len(tried) < one.row.first_runs
    stage = 0 if is_first else 1 if one.profile != OURS else 2
    profile = list(PROFILES).index(one.profile)
    # Beyond the first ones in fifths of what is wanted: whenever it ends, every reaction time has its share.
    share = len(tried) if is_first else len(tried) * OTHER_RUNS // one.wanted
    return (stage, profile, share, one.gateway_reaction_s, len(tried))

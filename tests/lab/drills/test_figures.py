"""The figures at a glance, from runs that were made up."""

from __future__ import annotations

import pytest

from lab.drills.figures import figures, measured, percentile, wanted
from tests.lab.drills.lines import direction, line

OUTAGE = "outage, worst direction: one unplanned fault, no gray loss"
PLANNED = "lost: planned drain, reboot, unchanged and changed bundle"
MENDING = "lost: mending of any fault"
SOAK = {"profile": "ours", "seconds": 3600.0, "lost": 0, "sent": 7_200_000, "flaps": [], "agent_percent": 0.72}


def of(what: str, *runs: dict, soaks: tuple[dict, ...] = ()) -> dict:
    (found,) = [one for one in figures(runs, soaks) if one["what"].startswith(what)]
    return found


def test_a_run_counts_with_its_worse_direction():
    found = of(OUTAGE, line(forward=direction(200.0), backward=direction(420.0)), line(forward=direction(300.0)))

    assert found["values"] == {"p50": 300.0, "p95": 420.0, "max": 420.0}
    assert (found["of"], measured(found)) == ("2 runs", "p50 300, p95 420, max 420 ms")
    assert wanted(found) == "p95 at most 450, max at most 800 ms"


@pytest.mark.parametrize("row", ["drain", "gray-loss-50", "diagonal", "chaos"])
def test_what_is_planned_gray_double_or_drawn_is_no_single_fault(row):
    assert of(OUTAGE, line(), line(row, forward=direction(9000.0)))["values"]["max"] == 300.0


def test_neither_other_profiles_nor_a_slow_gateway_are_in_the_outages_of_ours():
    found = of(OUTAGE, line(), line(profile="hold-30", forward=direction(9e3)), line(gateway_reaction_s=5))

    assert found["of"] == "1 run"


def test_a_slow_row_is_not_hidden_behind_many_quick_ones():
    quick = [line("agent-killed", forward=direction(0.0)) for _ in range(60)]
    slow = [line("vpc-cut", fault="cut a VPC side", forward=direction(ms)) for ms in (460.0, 470.0)]

    assert of(OUTAGE, *quick, *slow)["reached"]
    found = of("p95 of the slowest of these 2 rows: cut a VPC side", *quick, *slow, line("diagonal"))
    assert (found["of"], measured(found), wanted(found)) == ("2 runs", "470 ms", "at most 450 ms: not reached")


def test_a_figure_that_is_not_reached_says_so():
    found = of(OUTAGE, line(forward=direction(500.0)))

    assert not found["reached"]
    assert wanted(found).endswith(": not reached")


def test_one_probe_lost_on_mending_is_one_too_many_whatever_the_gateways_reaction():
    found = of(MENDING, line(), line(gateway_reaction_s=1, mend={"lost": 1, "sent": 4000}))

    assert (measured(found), wanted(found)) == ("1 of 8,000 probes", "at most 0 probes: not reached")
    assert of(MENDING, line(), line(profile="hold-30", mend={"lost": 9, "sent": 10}))["reached"]


def test_planned_work_is_counted_in_both_directions():
    assert measured(of(PLANNED, line("drain"), line("reboot"), line())) == "30 of 12,000 probes"


def test_the_others_are_compared_by_the_way_on_which_the_gateway_waits():
    runs = [line("aws-router-off", backward=direction(300.0)) for _ in range(2)]
    held = line("aws-router-off", profile="hold-30", forward=direction(1.0), backward=direction(27000.0))

    found = of("power off an AWS router, VPC to site: times shorter than hold-30", *runs, held)

    assert (found["of"], measured(found), wanted(found)) == ("2 and 1 run", "90", "at least 40")
    assert not [one for one in figures(runs, ()) if "hold-30" in one["what"]]


def test_takeovers_are_those_of_drills_and_of_every_step_of_chaos():
    drilled = line(stamps={"takeover_after_ms": {"aws-b": 3.0}})
    steps = [{"stamps": {"takeover_after_ms": {"aws-a": 60.0}}}, {"stamps": {"takeover_after_ms": {}}}]

    found = of("from bfdd's word", drilled, line("chaos", steps=steps), line(stamps={}))

    assert (found["of"], found["values"]["max"], found["reached"]) == ("2 takeovers", 60.0, False)


def test_a_soak_has_its_losses_flaps_and_the_agents_share():
    lost, flaps, share = figures([], [SOAK])

    assert [measured(one) for one in (lost, flaps, share)] == ["0 of 7,200,000 probes", "0", "0.72 %"]
    assert lost["of"] == "60 min of soak"
    assert not of("flaps", soaks=(SOAK | {"flaps": ["aws-a: BFD"]},))["reached"]
    assert wanted(of("an agent's", soaks=(SOAK | {"agent_percent": 1.2},))) == "at most 1 %: not reached"


def test_where_there_are_no_runs_there_are_no_figures():
    assert figures([], []) == []


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.0
    assert percentile([float(value) for value in range(1, 31)], 95) == 29.0
    assert percentile([5.0], 95) == 5.0

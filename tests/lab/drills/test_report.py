"""The figures of a report, from runs that were made up."""

from __future__ import annotations

from lab.drills.report import report
from tests.lab.drills.lines import direction, line, undisturbed


def result(*lines: dict) -> dict:
    (found,) = report(lines, {})["results"]
    return found


def test_outages_are_of_single_runs_and_losses_of_all_together():
    found = result(*(line(forward=direction(outage_ms, lost=3)) for outage_ms in (300.0, 200.0, 420.0)))

    assert found["forward"] == {
        "p50_ms": 300.0, "p95_ms": 420.0, "max_ms": 420.0, "lost": 9, "sent": 9000, "duplicates": 0, "reordered": 3
    }  # fmt: skip
    assert found["backward"]["max_ms"] == 0.0
    assert found["mend"] == {"lost": 0, "sent": 12000}


def test_runs_of_another_profile_or_reaction_time_are_results_of_their_own():
    lines = [line(), line(profile="hold-30"), line(gateway_reaction_s=5)]

    results = report(lines, {})["results"]

    assert [(one["profile"], one["gateway_reaction_s"], one["valid_runs"]) for one in results] == [
        ("ours", 0, 1),
        ("ours", 5, 1),
        ("hold-30", 0, 1),
    ]


def test_an_invalid_run_is_counted_and_not_measured():
    lines = [*(line() for _ in range(4)), line(valid=False, forward=direction(9999.0))]

    found = result(*lines)

    assert (found["valid_runs"], found["invalid_runs"]) == (4, 1)
    assert found["forward"]["max_ms"] == 300.0


def test_a_run_that_failed_is_counted_apart():
    found = result(*(line() for _ in range(4)), line(valid=False, failed=True))

    assert (found["valid_runs"], found["invalid_runs"], found["failed_runs"]) == (4, 0, 1)


def test_with_more_than_a_fifth_invalid_a_row_is_not_measured():
    lines = [*(line() for _ in range(3)), line(valid=False)]

    found = result(*lines)

    assert set(found["forward"].values()) == {None}
    assert found["mend"] == {"lost": None, "sent": None}


def test_without_a_valid_run_there_is_no_figure():
    cut_off = {"valid": False, "why": "the lab ended", "instance": "", "not_as_before": ["not measured"]}
    only = {key: value for key, value in line().items() if key not in ("forward", "backward", "mend")}

    found = result({**only, **cut_off})

    assert found["valid_runs"] == 0
    assert set(found["backward"].values()) == {None}


def test_the_jitter_is_the_worst_of_all_undisturbed_runs():
    content = report([undisturbed(2.0, 9.0), undisturbed(3.0, 7.5), line()], {"cores": 2})

    assert content["jitter_ms"] == 9.0
    assert content["host"] == {"cores": 2, "jitter_p99_ms": 3.0}
    assert [one["row"] for one in content["results"]] == ["tunnel-cut"]


def test_the_instances_of_a_row_are_named():
    assert result(line(instance="b"), line(instance="a"), line(instance="b"))["instances"] == ["a", "b"]


def stamped(detected_ms: float | None, gateway_ms: list[float] | None = None) -> dict:
    tables = {"aws-b": [300.0, 320.0]} | ({"gateway": gateway_ms} if gateway_ms else {})
    told = {"detected_ms": detected_ms, "detected_by": "", "virtual_ip_ms": None, "tables_ms": tables}
    return line(stamps=told, lost_ms={"forward": [1.0, 380.0], "backward": []})


def test_where_the_time_went_is_the_median_of_each_part_over_the_runs_that_saw_it():
    found = result(stamped(310.0, [330.0, 340.0]), stamped(290.0), stamped(None), line())["stamps"]

    assert found == {
        "detected_ms": 290.0, "routers_first_ms": 300.0, "routers_last_ms": 320.0, "gateway_first_ms": 330.0,
        "gateway_last_ms": 340.0, "virtual_ip_ms": None, "forward_lost_until_ms": 380.0, "backward_lost_until_ms": None,
    }  # fmt: skip


def test_steps_of_chaos_that_took_too_long_stand_with_their_seed():
    steps = [{"counts": True}, {"counts": False}, {"counts": True}]
    late = ["inflict power off aws-a: probes were lost until 1,200 ms after it"]

    found = result(
        line("chaos", instance="seed 7-0", steps=steps, late=late),
        line("chaos", instance="seed 7-1", steps=steps, late=[]),
    )

    assert found["judged_steps"] == 4
    assert found["late"] == [f"seed 7-0: {late[0]}"]
    assert "late" not in result(line())

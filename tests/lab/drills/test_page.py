"""The report for people has every figure of the report, and says what was not done."""

from __future__ import annotations

import pytest

from lab.drills.cells import invalid_cells, part_cells, row_cells
from lab.drills.page import measurements, page
from lab.drills.pictures import median_run, pictures
from lab.drills.report import report
from tests.lab.drills.lines import direction, line, undisturbed

HOST = {"cores": 2, "kernel": "6.1"}
TRACE = {"from_ms": -1000, "bin_ms": 20, "counts": [20] * 50 + [0] * 10 + [20] * 40}


def measured(**values):
    return line(received={"forward": TRACE, "backward": TRACE}, **values)


def test_each_result_is_a_row_with_its_figures():
    lines = [line(forward=direction(320.0, 1600, 41000)), undisturbed(2.0, 9.0)]

    (row,) = row_cells(report(lines, HOST))

    assert row.forward.outage == "320 / 320 / 320 ms"
    assert row.forward.loss == "1,600 of 41,000"
    assert row.mend == "0 of 4,000"
    assert row.runs == "1 of 30"
    assert row.instances == "sakura-a/aws-a, site:plant-01"


def test_nothing_of_nothing_is_no_figure_and_a_row_with_all_its_runs_is_no_part_of_them():
    lines = [line("bundle-unchanged", mend={"lost": 0, "sent": 0})] * 5

    (row,) = row_cells(report(lines, HOST))

    assert (row.mend, row.runs) == ("-", "5")


def test_runs_are_those_of_the_table_and_what_is_missing_is_named():
    lines = [line(), line(valid=False), undisturbed(2.0, 9.0), line("tunnel-cut sizes", sizes={})]

    text = measurements(report(lines, HOST), lines)

    assert "2 runs on 2 cores" in text
    (missing,) = [words for words in text.splitlines() if words.startswith("- Not done yet")]
    assert "tunnel-cut (ours at 1 s)" in missing
    assert "tunnel-cut (hold-30)" in missing
    assert "tunnel-cut (ours)" not in missing
    assert "chaos" not in missing


def test_a_run_that_was_invalid_gives_its_reason():
    lines = [line(), line(valid=False, instance="aws-b", why="the machine stood still for 320 ms")]

    (words,) = [one for one in measurements(report(lines, HOST), lines).splitlines() if "stood still" in one]

    assert words == (
        "| in words | aws-b | ours | 0 s | the machine stood still for 320 ms | 300 ms | 0 ms | 0 of 4,000 |"
    )
    assert "the machine stood still for 320 ms" in page(report(lines, HOST), lines, [])


def test_only_runs_that_were_done_and_do_not_count_are_told_as_such():
    others = [line(), line(valid=False, failed=True, why="exit 1"), line(valid=False, skipped=True, why="it cannot")]

    told = invalid_cells([*others, line(valid=False, instance="aws-b", why="not quiet")])

    assert [row.why for row in told] == ["not quiet"]
    assert "Runs that do not count" not in measurements(report(others, HOST), others)


def test_a_headline_row_without_proof_of_its_sizes_is_named():
    proved = {"ok": True, "mtu": 1400, "tcp_bytes": 10_000_000}
    lines = [line("tunnel-cut sizes", fault="cut a tunnel, both ways", sizes={"before": proved, "after": proved})]

    (words,) = [one for one in measurements(report(lines, HOST), lines).splitlines() if "not proved" in one]

    assert "power off an AWS router" in words
    assert "cut a tunnel, both ways" not in words


def test_a_row_that_was_not_measured_says_so():
    (row,) = row_cells(report([line(valid=False)], HOST))

    assert (row.forward.outage, row.runs) == ("not measured", "0 of 30, 1 invalid")


def test_both_pages_tell_how_much_longer_others_are_black():
    lines = [line(backward=direction(300.0)), line(profile="hold-30", backward=direction(27000.0))]
    content = report(lines, HOST)

    assert "| cut a tunnel, both ways | - | 90.0 | - |" in measurements(content, lines)
    assert "<td>cut a tunnel, both ways</td><td>-</td><td>90.0</td><td>-</td>" in page(content, lines, [])


def test_what_was_skipped_and_what_did_not_come_back_is_told():
    skipped = line(valid=False, skipped=True, fault="a fault", why="aws-a: it cannot")
    stuck = line(not_as_before=["sakura-a: is not ready"])
    lines = [skipped, stuck]

    text = measurements(report(lines, HOST), lines)

    assert "Not done: a fault, for on aws-a: it cannot." in text
    assert "sakura-a: is not ready" in text


def test_a_run_that_failed_is_named_with_its_reason():
    lines = [*(line() for _ in range(4)), line(valid=False, failed=True, why="sakura-a: drain: exit 1")]
    content = report(lines, HOST)

    text = measurements(content, lines)

    assert row_cells(content)[0].runs == "4 of 30, 1 failed"
    assert "A run failed: in words, sakura-a/aws-a: sakura-a: drain: exit 1." in text
    assert "5 runs on 2 cores" in text


def test_a_soak_is_on_the_page_and_its_jitter_counts_for_the_interval():
    lines = [line(), undisturbed(2.0, 9.0)]
    soaked = {
        "profile": "ours",
        "seconds": 3600.0,
        "commit": "0123456789ab",
        "lost": 0,
        "sent": 7_200_000,
        "flaps": ["a"],
        "jitter_ms": 60.0,
        "agent_percent": 0.7,
        "stood_still": [{"ms": 320.0, "seconds": 60.0, "lost": 600, "flaps": ["b"]}],
        "why": "",
    }

    text = measurements(report(lines, HOST, [soaked]), lines)

    assert "Soak of 60 min of ours, every processor busy, nothing broken, commit 0123456789ab: 0 of 7,200,000" in text
    assert "1 sessions, virtual addresses or judgements changed, jitter 60 ms; the agent used at most 0.7 %" in text
    assert "whole machine stood still: 320 ms, 600 lost, 1 changed." in text
    assert "2 x 60 ms" in text


def test_the_page_is_complete_in_one_file_and_shows_who_is_compared():
    lines = [measured(), measured(profile="hold-30", forward=direction(9000.0))]

    text = page(report(lines, HOST), lines, pictures(lines))

    assert text.count("<figure>") == 1
    assert "hold-30 9,000 ms" in text
    assert "<svg" in text
    assert "src=" not in text


def test_the_markdown_page_shows_the_first_picture_where_there_is_one():
    lines = [measured(), measured(row="bfdd-killed")]

    text = measurements(report(lines, HOST), lines, pictures(lines))

    assert text.count("](measurements.svg)") == 1
    assert "Probes received: cut a tunnel, both ways, the median run of each profile" in text
    assert "measurements.svg" not in measurements(report(lines, HOST), lines)


def test_pages_are_the_same_for_the_same_runs():
    lines = [measured()]

    assert pictures(lines) == pictures(lines)


@pytest.mark.parametrize(("outages", "middle"), [((100.0, 900.0, 300.0), 300.0), ((100.0, 300.0), 100.0)])
def test_the_picture_is_of_the_median_run(outages, middle):
    found = median_run([line(forward=direction(outage_ms)) for outage_ms in outages], "ours")

    assert found is not None
    assert found["forward"]["outage_ms"] == middle


def test_both_pages_show_where_the_time_went():
    told = {"detected_ms": 312.0, "virtual_ip_ms": None, "tables_ms": {"aws-b": [313, 390], "gateway": [351, 352]}}
    lines = [measured(stamps=told, lost_ms={"forward": [0.1, 377.3], "backward": []})]
    content = report(lines, HOST)

    (row,) = part_cells(content)

    assert (row.detected, row.routers, row.gateway) == ("312 ms", "313 to 390 ms", "351 to 352 ms")
    assert (row.virtual_ip, row.forward, row.backward) == ("-", "377 ms", "-")
    for text in (measurements(content, lines), page(content, lines, [])):
        assert all(words in text for words in ("313 to 390 ms", "351 to 352 ms", "377 ms"))


def test_runs_that_saw_no_part_have_no_place_among_the_parts():
    content = report([measured()], HOST)

    assert part_cells(content) == []
    assert "| noticed |" not in measurements(content, [measured()])


def test_late_steps_of_chaos_are_counted_in_their_row_and_named():
    late = ["inflict power off aws-a: probes were lost until 1,200 ms after it"]
    lines = [line("chaos", instance="seed 7-0", steps=[{"counts": True}] * 9, late=late)]
    content = report(lines, HOST)

    (row,) = row_cells(content)

    assert row.runs == "1 of 20; 1 of 9 steps late"
    assert f"a path was left: ours, seed 7-0: {late[0]}." in measurements(content, lines)

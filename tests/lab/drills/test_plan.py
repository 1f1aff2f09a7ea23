"""Which run is next, and when a row has enough of them."""

from __future__ import annotations

import itertools

import pytest

from lab.drills import plan, rows
from lab.drills.rows import HEADLINE_RUNS, OTHER_RUNS, ROWS
from tests.lab.drills.lines import direction, line

SENT = {"lost": 0, "sent": 20_000}
ONE = plan.all_series(["ours"], ROWS[:1], 0)[0]


def runs(count: int, row: str = ONE.row.name, **values) -> list[dict]:
    return [line(row, **values) for _ in range(count)]


def test_headline_rows_need_thirty_runs_and_the_others_five_at_least():
    wanted = [one for one in plan.all_series(["ours"]) if not one.gateway_reaction_s]

    assert {one.wanted for one in wanted if one.row.is_headline} == {30}
    assert min(one.wanted for one in wanted) == 5
    assert (HEADLINE_RUNS, OTHER_RUNS) == (30, 5)


@pytest.mark.parametrize("row", [row for row in ROWS if row.instances], ids=lambda row: row.name)
def test_in_its_first_runs_each_instance_meets_both_kinds_of_site(row):
    (one, *_) = plan.all_series(["ours"], [row])
    nexts = [plan.Next(series=one, number=number) for number in range(row.first_runs)]

    assert {(row.instance(run.number), run.is_bgp) for run in nexts} == {
        (instance.instance, is_bgp) for instance in row.instances for is_bgp in (True, False)
    }


def test_headline_rows_are_measured_at_three_reaction_times_of_the_gateway():
    reactions = {}
    for one in plan.all_series(["ours"]):
        reactions.setdefault(one.row.name, []).append(one.gateway_reaction_s)

    for row in ROWS:
        assert reactions[row.name] == ([0, 1, 5] if row.is_headline else [0])


def test_other_profiles_do_the_first_three_rows_five_times():
    series = plan.all_series(["hold-30"])

    assert [one.row for one in series] == list(ROWS[:3])
    assert {one.wanted for one in series} == {5}


def test_a_row_that_has_its_runs_is_left_alone():
    assert plan.next_run([ONE], runs(ONE.wanted)) is None
    assert plan.next_run([ONE], runs(ONE.wanted - 1)) is not None


@pytest.mark.parametrize(
    ("name", "made", "is_enough"),
    [
        ("vpc-cut", {"mend": SENT}, True),
        ("vpc-cut", {"mend": {"lost": 0, "sent": 19_999}}, False),
        (
            "bundle-unchanged",
            {"mend": SENT, "forward": direction(sent=10_000), "backward": direction(sent=10_000)},
            True,
        ),
        (
            "bundle-unchanged",
            {"mend": SENT, "forward": direction(sent=10_000), "backward": direction(sent=9_999)},
            False,
        ),
    ],
)
def test_a_row_is_done_when_so_many_probes_left_that_none_lost_says_much(name, made, is_enough):
    (one,) = plan.all_series(["ours"], [rows.row(name)])

    assert (plan.next_run([one], runs(5, name, **made)) is None) is is_enough
    assert plan.next_run([one], [*runs(5, name, **made), *runs(1, name, **made)]) is None


def test_a_row_of_short_runs_gets_as_many_as_its_probes_take():
    (one,) = plan.all_series(["ours"], [rows.row("vpc-cut")])
    short = {"mend": {"lost": 0, "sent": 4000}}

    assert plan.next_run([one], runs(24, "vpc-cut", **short)) is not None
    assert plan.next_run([one], runs(25, "vpc-cut", **short)) is None


def test_who_says_how_many_runs_gets_no_more():
    (one,) = plan.all_series(["ours"], [rows.row("vpc-cut")], 2)

    assert plan.next_run([one], runs(2, "vpc-cut")) is None


def test_invalid_runs_are_done_again_until_few_enough_are_invalid():
    some_invalid = [*runs(ONE.wanted), *runs(8, valid=False)]

    assert plan.too_many_invalid(some_invalid)
    assert plan.next_run([ONE], some_invalid) is not None
    assert plan.next_run([ONE], [*some_invalid, *runs(2)]) is None


def test_a_row_on_a_machine_that_is_never_quiet_is_given_up():
    assert plan.next_run([ONE], runs(3 * ONE.wanted, valid=False)) is None


def test_a_row_that_cannot_be_done_is_tried_once():
    assert plan.next_run([ONE], runs(1, valid=False, skipped=True)) is None


def test_runs_take_instances_and_kinds_of_site_in_turn():
    count = len(ONE.row.instances)
    nexts = [plan.next_run([ONE], runs(done)) for done in range(2 * count)]

    assert [one.number for one in nexts if one] == list(range(2 * count))
    kinds = [one.is_bgp for one in nexts if one]
    assert kinds[:count] != kinds[count:], "the second round is the first one's opposite"
    assert all(one != other for one, other in itertools.pairwise(kinds[:count])), "also within a round"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_five_runs_meet_both_kinds_of_site_and_ten_do_so_for_every_instance(row):
    series = next(one for one in plan.all_series(["ours"], [row], 10) if not one.gateway_reaction_s)
    nexts = [plan.Next(series=series, number=number) for number in range(2 * max(len(row.instances), 3))]

    assert {one.is_bgp for one in nexts[:OTHER_RUNS]} == {True, False}
    met = {(one.number % len(row.instances), one.is_bgp) for one in nexts}
    assert met == set(itertools.product(range(len(row.instances)), (True, False)))


def test_what_a_path_carries_is_proved_once_beside_the_valid_runs_of_a_headline_row():
    (other,) = plan.all_series(["ours"], [ROWS[-1]])
    sizes = runs(1, ONE.row.sizes_name)

    assert plan.wants_sizes(ONE, runs(1))
    assert not plan.wants_sizes(ONE, runs(1, valid=False))
    assert not plan.wants_sizes(ONE, [*runs(1), *sizes])
    assert plan.wants_sizes(ONE, [*runs(1), *runs(1, ONE.row.sizes_name, valid=False)]), "one that failed is no proof"
    assert not plan.wants_sizes(other, runs(1, other.row.name))


def test_a_few_of_every_row_come_first_then_the_other_profiles():
    series = plan.all_series()
    done: list[dict] = []
    order = []
    while run := plan.next_run(series, done):
        own = run.series
        order.append((own.profile, own.gateway_reaction_s))
        made = {"forward": direction(sent=10_000), "backward": direction(sent=10_000), "mend": SENT}
        done.append(line(own.row.name, profile=own.profile, gateway_reaction_s=own.gateway_reaction_s, **made))

    first = sum(row.first_runs for row in ROWS)
    assert set(order[:first]) == {("ours", 0)}
    assert "ours" not in {profile for profile, _ in order[first : first + 45]}
    assert len(order) == sum(one.wanted for one in series)


def test_all_reaction_times_of_the_gateway_come_on_together():
    series = plan.all_series(["ours"], ROWS[:1])
    done: list[dict] = []
    while run := plan.next_run(series, done):
        done.append(line(run.series.row.name, gateway_reaction_s=run.series.gateway_reaction_s))
        counts = [plan.valid_of(one, done) / one.wanted for one in series]
        assert max(counts) - min(counts) < 1.1 / OTHER_RUNS

    reactions = [made["gateway_reaction_s"] for made in done]
    assert sum(1 for one, other in itertools.pairwise(reactions) if one != other) == 3 * OTHER_RUNS - 1


def test_labs_are_not_changed_more_often_than_needed():
    series, done, profiles = plan.all_series(), [], []
    while run := plan.next_run(series, done):
        own = run.series
        profiles.append(own.profile)
        done.append(line(own.row.name, profile=own.profile, gateway_reaction_s=own.gateway_reaction_s))

    assert sum(1 for one, other in itertools.pairwise(profiles) if one != other) == 4

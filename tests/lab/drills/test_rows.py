"""The report's rows: what others look for in them, and that each takes all of its kind in turn."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
import yaml

from lab.drills.faults.fault import AWS, ROUTERS, SAKURA, Together
from lab.drills.profiles import PATH_KEY, PROFILES, lab_name, write_stack_file
from lab.drills.rows import ROWS, row
from lab.errors import BadInput
from lab.supervisor.folder import CHECKOUT

NAMES = [one.name for one in ROWS]


def test_a_row_is_known_by_its_name_alone():
    assert len(NAMES) == len(set(NAMES))
    assert all(row(name).name == name for name in NAMES)
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in NAMES), "names are typed on a command line"


def test_the_page_lists_every_row_with_its_runs():
    page = (CHECKOUT / "docs/drills.md").read_text()

    listed = re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \| (\d+) \|$", page, re.MULTILINE)

    assert listed == [(one.name, one.fault, str(one.runs)) for one in ROWS]


def test_the_headline_comes_first():
    headline = [one.is_headline for one in ROWS]

    assert sum(headline) == 6
    assert not any(later and not earlier for earlier, later in pairwise(headline))


@pytest.mark.parametrize("word", ["drain", "reboot", "changed", "gray", "diagonal"])
def test_kinds_that_are_judged_by_other_bars_say_so_in_their_words(word):
    assert any(word in one.fault for one in ROWS)


@pytest.mark.parametrize(
    ("name", "instances"),
    [
        ("aws-router-off", set(AWS)),
        ("sakura-router-off", set(SAKURA)),
        ("drain", set(ROUTERS)),
        ("reboot", set(ROUTERS)),
        ("off-again", set(ROUTERS)),
        ("siblings-cut", {"aws-a/aws-b"}),
        ("diagonal", {"sakura-a + aws-b", "sakura-b + aws-a"}),
        ("tunnel-cut", {f"sakura-{s}/aws-{a}" for s in "ab" for a in "ab"}),
    ],
)
def test_runs_take_every_router_or_tunnel_in_turn(name, instances):
    assert {fault.instance for fault in row(name).instances} == instances


def test_only_gray_loss_goes_on_until_it_is_off():
    assert {one.name for one in ROWS if one.loses_to_the_end} == {"gray-loss-5", "gray-loss-20", "gray-loss-50"}


def test_a_tunnel_is_cut_in_each_of_its_ways():
    assert len({fault.instance for fault in row("tunnel-cut-one-way").instances}) == 8


class Recorder:
    """A fault that notes what was done to it."""

    def __init__(self, instance: str, done: list[str]) -> None:
        self.instance, self._done = instance, done

    def inflict(self, lab) -> None:
        self._done.append(f"inflict {self.instance}")

    def mend(self, lab) -> None:
        self._done.append(f"mend {self.instance}")


def test_faults_of_one_moment_are_all_inflicted_and_all_mended():
    done: list[str] = []
    both = Together(instance="both", faults=(Recorder("a", done), Recorder("b", done)))

    both.inflict(None)
    both.mend(None)

    assert done == ["inflict a", "inflict b", "mend a", "mend b"]


def test_a_profile_sets_timers_and_takeover_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr("lab.drills.profiles.FOLDER", tmp_path)
    stated = {name: yaml.safe_load(write_stack_file(name).read_text())["config"] for name in PROFILES}

    rest = []
    for name, config in stated.items():
        path = config[PATH_KEY]
        assert {key: path.pop(key) for key in ("takeover", "timers")} == PROFILES[name]
        rest.append(config)
    assert all(config == rest[0] for config in rest)


def test_an_unknown_profile_is_refused_with_those_that_there_are():
    with pytest.raises(BadInput, match=r"'fast'.*ours, bfd-150, hold-30, bfd-900"):
        lab_name("fast")

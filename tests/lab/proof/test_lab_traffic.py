"""The proof's packets are real: they cross a kernel's router, are seen at its devices, and measure its MTU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def found():
    argv = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable]
    done = subprocess.run(
        [*argv, "-m", "tests.lab.proof.router_between"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_flow_passes_both_ways(found):
    assert found["passed"] == [True, True]


def test_the_mtu_is_measured_exactly(found):
    assert found["mtus"]["1440"] == 1440


def test_a_promise_below_or_above_what_the_path_carries_is_measured_as_it_is(found):
    assert (found["mtus"]["1430"], found["mtus"]["1450"]) == (1440, 1440)


def test_the_size_too_large_is_seen_to_reach_the_router_and_not_to_leave_it(found):
    assert ["near", False, 1441] in found["sizes"]
    assert ["far", True, 1441] not in found["sizes"]
    assert ["far", True, 1440] in found["sizes"]

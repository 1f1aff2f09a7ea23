"""A proof is good only when everything promised was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.proof.broken import merged
from lab.proof.result import Broken, DeniedResult, PathResult, Proof

PATH = PathResult(site="one", vpc="app", forward=True, backward=True, mtu=1440, hops=("site:one", "vpc:app"))
DENIED = DeniedResult(source="stranger", target="aws-a", port="tcp/22", blocked=True)
GOOD = Proof(usable_mtu=1440, paths=(PATH,), denied=(DENIED,), broken=(), hop_packets={})


def test_everything_seen_is_good():
    assert GOOD.ok


@pytest.mark.parametrize(
    "fault",
    [
        {"paths": ()},
        {"paths": (replace(PATH, forward=False),)},
        {"paths": (replace(PATH, backward=False),)},
        {"paths": (replace(PATH, mtu=1439),)},
        {"paths": (replace(PATH, mtu=1441),)},
        {"denied": (replace(DENIED, blocked=False),)},
        {"broken": (Broken(hop="tunnel:sakura-a/aws-a", rule="no handshake", seen=""),)},
    ],
)
def test_one_thing_missing_is_not_good(fault):
    assert not replace(GOOD, **fault).ok


def test_one_entry_names_all_paths_of_a_broken_rule():
    one, other = (Broken(hop="gateway", rule="r", seen="s", paths=(path,)) for path in ("b>app", "a>app"))

    assert merged([one, other]) == (Broken(hop="gateway", rule="r", seen="s", paths=("a>app", "b>app")),)

"""A cut is taken by a real nftables, beside whatever else a namespace has, and leaves nothing behind."""

from __future__ import annotations

import subprocess

import pytest

from lab.fabric import cuts, runner
from lab.fabric.cuts import Cut

ONE = Cut(name="drill-a-to-b", netns="x", matches=("ip saddr 10.0.0.1", "ip daddr 10.0.0.1 numgen random mod 100 < 20"))
BRIDGE = Cut(name="drill-closed", netns="x", matches=('iifname "nic-sakura-a"',), family="bridge")
DEAF = Cut(name="drill-icmp", netns="x", matches=("ip protocol icmp",), hook="input")


@pytest.fixture
def written(monkeypatch):
    """What nft was given."""
    rulesets: list[str] = []
    monkeypatch.setattr(runner, "nft", lambda netns, ruleset: rulesets.append(ruleset))
    return rulesets


def tables(rulesets: list[str]) -> str:
    """What a namespace holds after all of them, one after another."""
    whole = "".join(f"nft -f - <<'END'\n{ruleset}\nEND\n" for ruleset in rulesets)
    argv = ["unshare", "-rn", "sh", "-ec", f"nft add table ip fabric\n{whole}nft list ruleset"]
    ran = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("cut", "words"),
    [
        (ONE, ["hook forward", "ip saddr 10.0.0.1 drop", "numgen random mod 100 < 20 drop"]),
        (BRIDGE, ["table bridge drill-closed", 'iifname "nic-sakura-a" drop']),
        (DEAF, ["hook input", "ip protocol icmp drop"]),
    ],
)
def test_what_it_matches_is_dropped(written, cut, words):
    cuts.apply(cut)

    held = tables(written)

    assert all(word in held for word in words)


@pytest.mark.parametrize("cut", [ONE, BRIDGE, DEAF], ids=lambda cut: cut.name)
def test_it_leaves_nothing_and_takes_nothing_else_away(written, cut):
    cuts.apply(cut)
    cuts.remove(cut)

    assert tables(written).split() == ["table", "ip", "fabric", "{", "}"]


def test_a_cut_that_is_made_twice_is_one(written):
    cuts.apply(ONE)
    cuts.apply(ONE)

    assert tables(written).count("ip saddr 10.0.0.1 drop") == 1

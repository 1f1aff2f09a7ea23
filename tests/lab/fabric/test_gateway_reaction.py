"""Routes of one kernel table follow those of another: the gateway's reaction, tried on a real kernel."""

from __future__ import annotations

import subprocess
import sys

from lab.fabric.gateway_wiring import REACTION

SCRIPT = """
set -e
ip link set lo up
ip route add 10.1.0.0/16 dev lo table 1000
ip route add 10.9.0.0/16 dev lo table 2000
{python} -I {program} {seconds} {ready} 1000:2000 &
until [ -e {ready} ]; do sleep 0.02; done
ip route show table 2000; echo --- follows
ip route add 10.1.0.0/16 proto 12 metric 7 table 1000 nexthop dev lo weight 1 nexthop dev lo weight 2
ip route add 10.2.0.0/16 dev lo table 1000
ip route add 10.3.0.0/16 dev lo table 3000
ip route del 10.1.0.0/16 dev lo metric 0 table 1000
ip route show table 2000; echo --- later
for wait in $(seq 200); do
    [ "$(ip route show table 2000)" = "$(ip route show table 1000)" ] && break
    sleep 0.05
done
ip route show table 1000; echo --- and
ip route show table 2000
kill $!
"""


def told(seconds: float, tmp_path) -> list[str]:
    script = SCRIPT.format(python=sys.executable, program=REACTION, seconds=seconds, ready=tmp_path / "ready")
    ran = subprocess.run(
        ["unshare", "-rnpf", "--kill-child", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split("--- ")


def test_a_table_starts_as_a_copy_and_follows_every_change(tmp_path):
    first, _, source, copy = told(0.3, tmp_path)

    assert first.split()[0] == "10.1.0.0/16"
    assert "10.9.0.0/16" not in first, "what was there before is gone"
    assert "10.2.0.0/16" in source
    assert "nexthop" in source
    assert copy.removeprefix("and\n") == source.removeprefix("later\n")


def test_a_change_is_not_followed_before_its_time(tmp_path):
    _, at_once, *_ = told(3.0, tmp_path)

    assert "10.1.0.0/16" in at_once
    assert "10.2.0.0/16" not in at_once

"""What is told of all paths is what the first one that lacks something carried."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from lab.drills import sizes
from lab.drills.sizes import TCP_BYTES, Sizes

GOOD = Sizes(mtu=1440, tcp_bytes=TCP_BYTES)


@pytest.mark.parametrize("short", [Sizes(mtu=1400, tcp_bytes=TCP_BYTES), Sizes(mtu=1440, tcp_bytes=7)])
def test_one_short_path_of_all_is_enough(monkeypatch: pytest.MonkeyPatch, short: Sizes) -> None:
    ends = [SimpleNamespace(endpoints=(name,)) for name in "ab"]
    scene: Any = SimpleNamespace(usable_mtu=1440, sites=lambda: ends, vpcs=lambda: ends)
    carried = {("b", "a"): short}
    monkeypatch.setattr(sizes, "_between", lambda _, site, vpc: carried.get((site, vpc), GOOD))

    assert sizes.prove(scene) == {"mtu": short.mtu, "tcp_bytes": short.tcp_bytes, "ok": False, "paths": 4}
    carried.clear()
    assert sizes.prove(scene) == {"mtu": 1440, "tcp_bytes": TCP_BYTES, "ok": True, "paths": 4}

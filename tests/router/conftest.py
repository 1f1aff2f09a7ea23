from __future__ import annotations

from pathlib import Path

import pytest

from router.boot import boot
from router.patience import Patience
from tests.router.fake_router import FILES, SIBLING, FakeRouter, packed


@pytest.fixture
def router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    """A router that never sleeps: waiting moves its clock instead."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += max(seconds, 0.001)

    defaults = Patience.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "clock", lambda: now[0])
    monkeypatch.setitem(defaults, "sleep", sleep)
    return FakeRouter(tmp_path)


@pytest.fixture
def running(router: FakeRouter) -> FakeRouter:
    """A router that booted from `FILES`, is ready, and has run nothing since."""
    router.aws.deploy(packed(FILES))
    boot(router.machine)
    router.run.calls.clear()
    router.frr.bfd_up.add(SIBLING)
    return router

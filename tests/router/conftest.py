from __future__ import annotations

from pathlib import Path

import pytest

from router.boot import boot
from router.patience import Patience
from tests.router.aws_pair import SETTLED_S, Pair
from tests.router.aws_story import Story, story
from tests.router.bundle_files import AGENT, FILES, SIBLING, packed
from tests.router.fake_router import FakeRouter
from tests.router.watch_run import Run, installed


@pytest.fixture
def router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    """A router that never sleeps: waiting moves its clock instead."""
    now, router = [0.0], FakeRouter(tmp_path)

    def sleep(seconds: float) -> None:
        now[0] += max(seconds, 0.001)
        router.on_sleep()

    defaults = Patience.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "clock", lambda: now[0])
    monkeypatch.setitem(defaults, "sleep", sleep)
    return router


@pytest.fixture
def running(router: FakeRouter) -> FakeRouter:
    """A router that booted from `FILES`, has all sessions, and has run nothing since; `watch` has not judged."""
    router.aws.deploy(packed(FILES))
    boot(router.machine)
    router.run.calls.clear()
    router.frr.bfd_up.add(SIBLING)
    return router


@pytest.fixture
def both_ready() -> Story:
    """This router and its sibling are ready since the moment 0."""
    told = story()
    told.at(0.0)
    return told


@pytest.fixture
def run(router: FakeRouter, monkeypatch: pytest.MonkeyPatch) -> Run:
    """An AWS router that has been ready beside a ready sibling for a while."""
    installed(router, AGENT)
    router.frr.bfd_up.add(SIBLING)
    run = Run(router, monkeypatch)
    run.ticks(0.5)
    router.frr.entered.clear()
    return run


@pytest.fixture
def pair() -> Pair:
    """Both have been ready for long enough to be trusted with it."""
    pair = Pair()
    pair.live(SETTLED_S)
    return pair


@pytest.fixture
def ready(running: FakeRouter) -> FakeRouter:
    """A router that carries the path, with a `watch` that does what its flag says."""
    running.judged(ready=True)

    def watch() -> None:
        draining = running.paths.draining_flag.exists()
        running.judged(ready=not draining, draining=draining, why_not_ready=("it is drained",) if draining else ())

    running.on_sleep = watch
    return running

from __future__ import annotations

import pytest

from router import release
from router.release import Release
from tests.router.fake_router import FakeRouter


class FakeChild:
    """`flets-to-vpc unlock`, which ends when the test says."""

    started = 0
    ended = False

    def __init__(self, _: object) -> None:
        type(self).started += 1

    def poll(self) -> int | None:
        return 0 if self.ended else None


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> type[FakeChild]:
    fresh = type("Child", (FakeChild,), {})
    monkeypatch.setattr(release.subprocess, "Popen", fresh)
    return fresh


def test_the_first_ready_moment_after_a_start_gives_the_lock_back_and_the_next_ones_do_not(
    router: FakeRouter, child: type[FakeChild]
) -> None:
    """Also without a flag: the router may have been replaced while it had the lock."""
    lock = Release(router.paths)
    for _ in range(5):
        lock.when_ready()
        child.ended = True
        lock.reap()

    assert child.started == 1


def test_a_lock_taken_since_is_given_back_at_the_next_ready_moment_by_one_child_at_a_time(
    router: FakeRouter, child: type[FakeChild]
) -> None:
    lock = Release(router.paths)
    lock.when_ready()
    router.paths.lock_flag.touch()
    lock.reap()
    lock.when_ready()
    assert child.started == 1

    child.ended = True
    lock.reap()
    lock.when_ready()
    assert child.started == 2

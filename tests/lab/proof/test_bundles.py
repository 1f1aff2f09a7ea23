"""A deployment has ended when every promised router runs the bundle that was deployed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lab.proof.redundancy import other_bundles


def told(**versions: str) -> tuple[str, ...]:
    """Of two promised routers, the second of which was given bundle 2."""
    scene: Any = SimpleNamespace(routers={"a": {"bundle_version": "1"}, "b": {"bundle_version": "2"}})
    facts: Any = {name: SimpleNamespace(name=name, bundle_version=version) for name, version in versions.items()}
    return other_bundles(scene, facts)


def test_who_kept_its_old_bundle_or_has_none_or_is_silent_is_named() -> None:
    assert told(a="1", b="2") == ()
    assert told(a="1", b="1") == ("b runs bundle 1, and 2 was deployed",)
    assert told(a="1", b="") == ("b runs bundle none, and 2 was deployed",)
    assert told(b="2") == ("a tells nothing",)

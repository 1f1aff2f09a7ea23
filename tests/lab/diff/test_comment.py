"""The comment fits where it is shown, and says what it leaves out."""

from __future__ import annotations

from lab.diff.comment import LARGEST_COMMENT, comment, marker, refusal
from lab.diff.steps import Change

GONE = Change(action="deleted", kind="aws:ec2/vpc:Vpc", name="app", changed=())


def test_the_marker_by_which_it_is_found_comes_first() -> None:
    assert comment("lab", "main", [GONE], {}, {}).startswith(marker("lab"))
    assert refusal("lab", "main", "no").startswith(marker("lab"))


def test_a_change_of_everything_still_fits_and_says_what_is_left_out() -> None:
    many = [Change(action="created", kind="aws:ec2/subnet:Subnet", name=f"s{n}", changed=()) for n in range(2_000)]
    files = {f"aws-a/{n}": "line\n" * 400 for n in range(100)}

    text = comment("lab", "main", many, {}, files)

    assert len(text) < LARGEST_COMMENT
    assert "more resources change" in text
    assert "more rendered files change" in text


def test_a_removed_file_and_a_new_one_are_named_as_such() -> None:
    text = comment("lab", "main", [], {"aws-a/old": "a\n"}, {"aws-a/new": "b\n"})

    assert "<code>aws-a/old</code> (removed)" in text
    assert "<code>aws-a/new</code> (new)" in text
    assert "-a\n" in text
    assert "+b\n" in text

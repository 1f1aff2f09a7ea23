"""The comment fits where it is shown, and says what it leaves out."""

from __future__ import annotations

from lab.diff import pull_request
from lab.diff.comment import comment
from lab.diff.steps import Change


def change(action: str, name: str) -> Change:
    kind = "aws:ec2/subnet:Subnet"
    return Change(action=action, urn=f"urn:pulumi:lab::p::{kind}::{name}", kind=kind, name=name, changed=())


def test_every_changed_resource_is_named_by_its_urn_too() -> None:
    assert "deleted  urn:pulumi:lab::p::aws:ec2/subnet:Subnet::app" in comment(
        "lab", "main", [change("deleted", "app")], {}, {}
    )


def test_a_change_of_everything_still_fits_and_says_what_is_left_out() -> None:
    many = [change("created", f"s{n}") for n in range(2_000)]
    files = {f"aws-a/{n}": f"line {n}\n" * 400 for n in range(100)}

    text = comment("lab", "main", many, {}, files)

    assert len(pull_request.body([text])) < pull_request.LARGEST
    assert "more resources change" in text
    assert "more rendered files change" in text


def test_a_removed_file_and_a_new_one_are_named_as_such() -> None:
    text = comment("lab", "main", [], {"aws-a/old": "a\n"}, {"aws-a/new": "b\n"})

    assert "<code>old</code> of aws-a (removed)" in text
    assert "<code>new</code> of aws-a (new)" in text
    assert "-a\n" in text
    assert "+b\n" in text


def test_what_differs_alike_in_both_routers_of_a_pair_is_shown_once() -> None:
    before, after = {"aws-a/f": "1\nx\n", "aws-b/f": "1\nx\n"}, {"aws-a/f": "1\ny\n", "aws-b/f": "1\ny\n"}

    text = comment("lab", "main", [], before, after)

    assert text.count("+y") == 1
    assert "<code>f</code> of aws-a, aws-b" in text

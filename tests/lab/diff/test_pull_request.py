"""One comment on a pull request; a `gh` stands in for GitHub, answers from files and keeps what it is asked."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from lab.diff.pull_request import LARGEST, MARKER, NOTHING, body
from tests.components.recorder import ROOT

GH = """#!/bin/sh
# the last word that is a path says what is asked
printf '%s\\n' "$*" >>calls
case "$*" in
*PATCH* | *POST*) cat >sent ;;
*/pulls*) cat pulls ;;
*/comments*) cat comments ;;
esac
"""
OURS = {"id": 7, "body": f"{MARKER}\nold", "user": {"login": "github-actions[bot]"}}
FAKED = {"id": 8, "body": f"{MARKER}\nold", "user": {"login": "somebody"}}


@pytest.fixture
def github(tmp_path: Path):
    """Runs the command as the workflow does, with Debian's own Python, and returns what it said and what it sent."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    texts = tmp_path / "build/comment"
    texts.mkdir(parents=True)
    (texts / "lab.md").write_text("## Stack `lab`\n")
    (texts / "leak.md").symlink_to("/etc/passwd")

    def run(comments: list[dict], head: str = "abc"):
        (tmp_path / "pulls").write_text(json.dumps([{"number": 3, "head": {"sha": head}}]))
        (tmp_path / "comments").write_text(json.dumps([comments]))
        environment = {
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT),
            "REPOSITORY": "org/repo", "HEAD_BRANCH": "fork:branch", "HEAD_COMMIT": "abc",
        }  # fmt: skip
        done = subprocess.run(
            ["/usr/bin/python3", "-m", "lab.diff.pull_request", texts],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        sent = tmp_path / "sent"
        return (
            done.stdout,
            (tmp_path / "calls").read_text(),
            json.loads(sent.read_text())["body"] if sent.exists() else "",
        )

    return run


def test_the_first_push_writes_one_comment(github):
    said, calls, sent = github([FAKED])

    assert "wrote the comment on pull request 3" in said
    assert "POST repos/org/repo/issues/3/comments" in calls
    assert sent.startswith(MARKER)
    assert "## Stack `lab`" in sent
    assert "root:" not in sent, "a link in an artifact is not followed"


def test_a_later_push_edits_the_same_comment_and_nobody_elses(github):
    said, calls, _ = github([FAKED, OURS])

    assert "edited" in said
    assert "PATCH repos/org/repo/issues/comments/7" in calls


def test_a_push_that_is_not_the_last_one_writes_nothing(github):
    said, calls, sent = github([OURS], head="later")

    assert "a later push" in said
    assert not sent
    assert "comments" not in calls


def test_outside_a_workflow_it_says_what_it_needs(tmp_path):
    command = ["/usr/bin/python3", "-m", "lab.diff.pull_request", tmp_path]
    done = subprocess.run(command, cwd=ROOT, env={"HEAD_COMMIT": "abc"}, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "not set: REPOSITORY, HEAD_BRANCH;" in done.stderr


def test_texts_that_do_not_fit_lose_whole_folded_parts_and_say_so():
    folded = "\n<details><summary>f</summary>\n" + "x" * 5_000 + "\n</details>\n"

    whole = body(["# one\n" + folded * 20, "# two\n" + folded * 20])

    assert len(whole) <= LARGEST
    assert whole.count("<details>") == whole.count("</details>") > 4
    assert whole.count("More was said than fits here") == 2
    assert NOTHING in body([])

"""The texts of `make diff` and `make preview` as one comment on a pull request, which later pushes edit.

`python3 -m lab.diff.pull_request FOLDER` runs with a token that may write, on texts that a pull request's own code
wrote. So it needs the standard library only, asks GitHub which pull request is meant, and posts the texts as text:
nothing in them is run, followed or believed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

MARKER = "<!-- flets-to-vpc: effect of this pull request -->"
"""First line of the comment, by which the next push finds it."""
AUTHOR = "github-actions[bot]"
"""Who writes with a workflow's token; a marker in anybody else's comment means nothing."""
LARGEST = 65_000
"""Characters; GitHub takes 65,536 in one comment (docs.github.com, REST API, issue comments)."""
TRUST = "_Written by the pull request's own code, so as trustworthy as that code. Edited on every push._"
NOTHING = "No effect could be worked out: the run of `preview` says why."
LEFT_OUT = "\n\n_More was said than fits here: the artifacts of the run of `preview` hold all of it._\n"
FOLD = "\n<details>"
NEEDED = ("REPOSITORY", "HEAD_BRANCH", "HEAD_COMMIT")
"""`owner/name`, `owner:branch` and the commit that was previewed."""

Answer = list[dict[str, object]]


def body(texts: Sequence[str]) -> str:
    """The whole comment: each text gets an equal share of the room; folded parts are left out whole."""
    if not texts:
        return f"{MARKER}\n{TRUST}\n\n{NOTHING}\n"
    room = (LARGEST - len(MARKER) - len(TRUST)) // len(texts) - len(LEFT_OUT) - 2
    return "\n".join([MARKER, TRUST, "", *(_within(text, room) for text in texts)])


def _within(text: str, room: int) -> str:
    """The text, or the beginning of it that ends where a folded part begins."""
    if len(text) <= room:
        return text
    whole = text[:room].rpartition(FOLD)[0]
    return (whole or "```text\n" + text[: room - 20].replace("```", "'''") + "\n```") + LEFT_OUT


def texts_in(folder: Path) -> list[str]:
    """The texts of the artifacts, in the order of their names; links are no texts."""
    files = sorted(path for path in folder.glob("*.md") if path.is_file() and not path.is_symlink())
    return [path.read_text(encoding="utf-8", errors="replace") for path in files]


def post(texts: Sequence[str], environment: Mapping[str, str]) -> str:
    """Writes or edits the comment, and says what was done. Raises CalledProcessError when GitHub refuses."""
    repository, commit = environment["REPOSITORY"], environment["HEAD_COMMIT"]
    asked = ["--method", "GET", f"repos/{repository}/pulls", "-f", "state=open"]
    found = _ask([*asked, "-f", f"head={environment['HEAD_BRANCH']}"])
    numbers = [pull["number"] for pull in found if _head(pull) == commit]
    if not numbers:
        return f"no open pull request ends with {commit}: a later push, or none, has the word"
    path = f"repos/{repository}/issues/{numbers[0]}/comments"
    ours = [each["id"] for each in _ask([path, "--paginate"]) if _is_ours(each)]
    if ours:
        target = ["--method", "PATCH", f"repos/{repository}/issues/comments/{ours[0]}"]
    else:
        target = ["--method", "POST", path]
    _gh([*target, "--input", "-"], json.dumps({"body": body(texts)}))
    return f"{'edited' if ours else 'wrote'} the comment on pull request {numbers[0]}"


def _head(pull: Mapping[str, object]) -> object:
    head = pull["head"]
    return head["sha"] if isinstance(head, dict) else None


def _is_ours(comment: Mapping[str, object]) -> bool:
    user = comment["user"]
    return isinstance(user, dict) and user["login"] == AUTHOR and str(comment["body"]).startswith(MARKER)


def _ask(arguments: Sequence[str]) -> Answer:
    """All pages of a list."""
    pages = json.loads(_gh([*arguments, "--slurp"] if "--paginate" in arguments else arguments))
    return [each for page in pages for each in page] if "--paginate" in arguments else list(pages)


def _gh(arguments: Sequence[str], stdin: str | None = None) -> str:
    command = ["gh", "api", *arguments]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, text=True, check=True).stdout


def main(folder: Path) -> int:
    """Exit 0: done; 2: the environment does not say which pull request."""
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        print(f"not set: {', '.join(missing)}; .github/workflows/comment.yml sets them", file=sys.stderr)
        return 2
    print(post(texts_in(folder), os.environ))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

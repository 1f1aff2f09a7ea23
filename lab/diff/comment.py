"""The comment on a change: counts, resources, rendered files; Markdown as GitHub shows it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence

from lab.diff.bundles import Files
from lab.diff.steps import ORDER, Change

LARGEST_COMMENT = 65_536
"""Characters GitHub takes in one comment (docs.github.com, REST API, issue comments)."""
LARGEST = 60_000
"""Characters of ours: the rest of the comment is the frame around several stacks' texts."""


def marker(stack: str) -> str:
    """The line by which the comment of an earlier push is found, to be edited."""
    return f"<!-- flets-to-vpc diff {stack} -->"


def comment(stack: str, base: str, changes: Sequence[Change], before: Files, after: Files) -> str:
    """The whole text; what does not fit is left out, and the text says so."""
    head = f"{marker(stack)}\n## Stack `{stack}`: effect of this change against `{base}`\n\n"
    files = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if not changes and not files:
        return head + "No resource and no rendered file changes.\n"
    text = head + _counts(changes) + "\n" + _resources(changes)
    left_out = 0
    for name in files:
        part = _file(name, before.get(name, ""), after.get(name, ""))
        if len(text) + len(part) > LARGEST:
            left_out += 1
        else:
            text += part
    if left_out:
        text += f"\n{left_out} more rendered files change; `make diff STACK={stack} BASE={base}` writes all but them.\n"
    return text


def refusal(stack: str, base: str, said: str) -> str:
    """The text for a change that cannot be deployed."""
    return (
        f"{marker(stack)}\n## Stack `{stack}`: this change is refused\n\n"
        f"Compared with `{base}`. Nothing would be created or changed:\n\n```\n{said[:LARGEST]}\n```\n"
    )


def _counts(changes: Sequence[Change]) -> str:
    counts = Counter(change.action for change in changes)
    said = [f"**{counts[action]} {action}**" for action in ORDER if counts[action]]
    return (", ".join(said) or "No resource changes") + ".\n"


def _resources(changes: Sequence[Change]) -> str:
    if not changes:
        return ""
    rows = [
        f"| {change.action} | `{change.kind}` | `{change.name}` | {', '.join(f'`{each}`' for each in change.changed)} |"
        for change in changes
    ]
    table = "\n".join(["| | kind | name | what differs |", "| --- | --- | --- | --- |", *rows])
    if len(table) > LARGEST // 2:
        rows_kept = table[: LARGEST // 2].rsplit("\n", 1)[0]
        table = f"{rows_kept}\n\n{len(rows) - rows_kept.count(chr(10)) + 1} more resources change."
    return f"{table}\n"


def _file(name: str, before: str, after: str) -> str:
    """One rendered file as a folded diff; new and removed ones are named as such."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    body = "\n".join(list(lines)[2:])  # without the two lines of file names
    what = "" if before and after else " (new)" if after else " (removed)"
    fence = "`" * 4  # a rendered file may hold three
    return f"\n<details><summary><code>{name}</code>{what}</summary>\n\n{fence}diff\n{body}\n{fence}\n</details>\n"

"""The comment on a change: counts, resources, rendered files; Markdown as GitHub shows it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence

from lab.diff.bundles import Files
from lab.diff.steps import ORDER, Change

LARGEST = 60_000
"""Characters of one stack's text: it fits into a comment, whose frame `lab/diff/pull_request.py` holds."""
FENCE = "`" * 4
"""Around text that may hold three."""


def comment(stack: str, base: str, changes: Sequence[Change], before: Files, after: Files) -> str:
    """The whole text; what does not fit is left out, and the text says so."""
    head = f"## Stack `{stack}`: effect of this change against `{base}`\n\n"
    parts = _file_diffs(before, after)
    if not changes and not parts:
        return head + "No resource and no rendered file changes.\n"
    text = head + _counts(changes) + "\n" + _resources(changes) + _urns(changes)
    left_out = 0
    for names, part in parts:
        if len(text) + len(part) > LARGEST:
            left_out += len(names)
        else:
            text += part
    if left_out:
        text += f"\n{left_out} more rendered files change; `make diff STACK={stack} BASE={base}` writes all but them.\n"
    return text


def refusal(stack: str, base: str, said: str) -> str:
    """The text for a change that cannot be deployed."""
    return (
        f"## Stack `{stack}`: this change is refused\n\n"
        f"Compared with `{base}`. Nothing would be created or changed:\n\n{FENCE}text\n{said[:LARGEST]}\n{FENCE}\n"
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


def _urns(changes: Sequence[Change]) -> str:
    """Folded: the full identity of every resource above, one a line, for those who search a state by it."""
    lines = "\n".join(f"{change.action:<8} {change.urn}" for change in changes)
    if not lines or len(lines) > LARGEST // 4:
        return ""
    return f"\n<details><summary>URNs</summary>\n\n{FENCE}text\n{lines}\n{FENCE}\n</details>\n"


def _file_diffs(before: Files, after: Files) -> list[tuple[list[str], str]]:
    """Each difference once, folded, with the names of the files that differ in it: a pair's routers mostly do."""
    alike: dict[tuple[str, str], list[str]] = {}
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            alike.setdefault(_difference(before.get(name), after.get(name)), []).append(name)
    return [(names, _folded(names, what, lines)) for (what, lines), names in alike.items()]


def _difference(before: str | None, after: str | None) -> tuple[str, str]:
    """Whether the file is new or removed, and the lines of its diff without file names and line numbers."""
    what = " (new)" if before is None else " (removed)" if after is None else ""
    lines = difflib.unified_diff((before or "").splitlines(), (after or "").splitlines(), lineterm="", n=2)
    return what, "\n".join("@@" if line.startswith("@@") else line for line in list(lines)[2:])


def _folded(names: Sequence[str], what: str, lines: str) -> str:
    routers: dict[str, list[str]] = {}
    for name in names:
        router, _, path = name.partition("/")
        routers.setdefault(path, []).append(router)
    summary = "; ".join(f"<code>{path}</code> of {', '.join(of)}" for path, of in routers.items())
    return f"\n<details><summary>{summary}{what}</summary>\n\n{FENCE}diff\n{lines}\n{FENCE}\n</details>\n"

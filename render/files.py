"""A rendered file, and how a template becomes text."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, kw_only=True)
class RenderedFile:
    """One file as it lies on a router; it never holds a secret."""

    path: str
    """Absolute path on the router."""
    content: str
    mode: int
    """Permission bits."""


ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("render"),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # the targets are not HTML
)


def render(path: str, template: str, context: DataclassInstance, *, mode: int = 0o644) -> RenderedFile:
    """Fill a template with a context whose field names are the template's words.

    Raises jinja2.UndefinedError when the template uses a word the context lacks.
    """
    words = {field.name: getattr(context, field.name) for field in fields(context)}

    return RenderedFile(path=path, content=ENVIRONMENT.get_template(template).render(words), mode=mode)

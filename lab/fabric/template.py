"""Fills a template of the fabric: a rule set, or a daemon's configuration."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    # The results are no HTML.
    autoescape=False,
)


def fill(template: str, **values: object) -> str:
    """The template's text; raises jinja2.UndefinedError for a value that it wants and is not given."""
    return _TEMPLATES.get_template(template).render(**values)

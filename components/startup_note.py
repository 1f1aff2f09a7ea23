"""The script of a hybrid node's first boot: its words are in `templates/startup-note.sh.j2`."""

from __future__ import annotations

from shlex import quote

from jinja2 import PackageLoader

from render.files import ENVIRONMENT

_TEMPLATES = ENVIRONMENT.overlay(loader=PackageLoader("components"))


def startup_note(*, region: str, activation_id: str, activation_code: str, boot_object: str | None) -> str:
    """POSIX shell script that writes the boot object, if any, and registers the node. Secret: it holds the code."""
    return _TEMPLATES.get_template("startup-note.sh.j2").render(
        region=quote(region),
        activation_id=quote(activation_id),
        activation_code=quote(activation_code),
        boot_object=quote(boot_object) if boot_object is not None else None,
    )

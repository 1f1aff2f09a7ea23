from __future__ import annotations

from lab.fabric.inventory import StartupNote
from lab.nodes.startup_notes import script_of

STORE = {"note": "register @@@code@@@ in @@@region@@@", "code": "1234"}


def test_a_notes_hidden_text_and_variables_are_put_in() -> None:
    variables = {"code": {"secret": "code"}, "region": "ap-northeast-1"}  # pragma: allowlist secret
    note = StartupNote(id="1", content={"secret": "note"}, variables=variables)  # type: ignore[arg-type]

    assert script_of(note, STORE.__getitem__) == "register 1234 in ap-northeast-1"


def test_a_plain_note_is_as_it_was_deployed() -> None:
    note = StartupNote(id="1", content="#!/bin/sh\n", variables={})

    assert script_of(note, STORE.__getitem__) == "#!/bin/sh\n"

"""The Pulumi CLI and our engine do the same with the same program, and no key of a run is anywhere but in the store.

The tests run in order on one deployment each, which is destroyed at the end.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from lab.engine.project import Project
from tests.engine import records
from tests.engine.conftest import ROOT, Engine, changed, repository_status, stated

NOTHING = "0 created, 0 updated, 0 replaced, 0 deleted, "
SITE = {"id": 9, "name": "store-009", "prefixes": ["192.168.9.0/24"]}
A_SITE_ADDED = changed(lambda path: path["sites"].append(SITE))
PREVIEWED: dict[str, dict[str, Any]] = {
    "other images": changed(
        lambda path: path.update(
            images={**path["images"], "aws_ami": "ami-0fedcba9876543210"},
            rebuild={"sakura-a": 2},
        )
    ),
    "a VPC removed": changed(lambda path: path["vpcs"].pop()),
}


def keys(engine: Engine) -> set[str]:
    """The secret texts of a deployment, from the one place where they may be."""
    with sqlite3.connect(engine.folder / "store.db") as connection:
        found = {str(value) for (value,) in connection.execute("SELECT value FROM secrets")}
    assert len(found) > 10
    return found


def forms(key: str) -> set[str]:
    """A key as it could be written: raw, in base64, in hexadecimal, and decoded where it is base64 itself."""
    raws = {key.encode()}
    try:
        raws.add(base64.b64decode(key, validate=True))
    except ValueError:
        pass
    encoded = {form for raw in raws for form in (base64.b64encode(raw).decode(), raw.hex(), raw.hex().upper())}
    return {key, *(form.rstrip("=") for form in encoded)}


def found_in(text: str, engine: Engine) -> list[str]:
    return [form for key in keys(engine) for form in forms(key) if len(form) > 15 and form in text]


def in_the_clouds(engine: Engine) -> list[tuple[str, str]]:
    """URN, empty for what the program did not make, and type with id of all that is there."""
    resources = json.loads((engine.folder / "clouds.json").read_text())["resources"]
    return sorted((each["urn"], f"{each['type']} {each['id']}") for each in resources)


def test_both_engines_leave_the_same_in_their_states(
    cli: Engine, sdk: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What differs between two runs of one engine is random; all else must be equal."""
    again = Engine("sdk", tmp_path_factory.mktemp("again"))
    again.done("up", stated())
    ours, other = records.leaves(records.of_sdk(sdk.deployment)), records.leaves(records.of_sdk(again.deployment))
    theirs = records.leaves(records.of_cli(cli.deployment))
    random = {place for place, value in ours.items() if other.get(place) != value}
    differing = {
        place: (ours.get(place, "absent"), theirs.get(place, "absent"))
        for place in {*ours, *theirs} - random
        if ours.get(place, "absent") != theirs.get(place, "absent")
    }

    assert not differing
    assert random <= set(theirs)
    assert len(random) < len(ours) / 20
    assert (
        json.loads((cli.folder / "outputs.json").read_text()).keys()
        == json.loads((sdk.folder / "outputs.json").read_text()).keys()
    )


def test_a_refresh_finds_no_difference(cli: Engine) -> None:
    said = cli.done("refresh", stated())

    assert said.startswith(NOTHING)


def test_no_key_is_in_exported_state_previews_events_or_plugin_logs(cli: Engine) -> None:
    """The events hold what the plugins log; the CLI's own log at -v=9 shows every secret, whatever the provider."""
    shown = cli.pulumi("preview", "--diff")
    exported = cli.pulumi("stack", "export")
    events = Project(cli.deployment).log("up").read_text()
    files = [path for path in cli.folder.rglob("*") if path.is_file() and path.name != "store.db"]

    assert not found_in(shown + exported + events, cli)
    assert events.count('"op":"create"') > 100, "the log is of the first up"
    assert len(files) > 10
    for path in files:
        assert not found_in(path.read_text(errors="replace"), cli), path
    assert found_in(cli.pulumi("stack", "export", "--show-secrets"), cli), "this test can find a key"


def test_a_second_up_changes_nothing(cli: Engine, sdk: Engine) -> None:
    theirs, ours = cli.done("up", stated()), sdk.done("up", stated())

    assert theirs == ours
    assert theirs.startswith(NOTHING)


@pytest.mark.parametrize("change", PREVIEWED)
def test_both_engines_preview_the_same_steps(cli: Engine, sdk: Engine, change: str) -> None:
    theirs, ours = cli.done("preview", PREVIEWED[change]), sdk.done("preview", PREVIEWED[change])

    assert theirs == ours
    assert not theirs.startswith(NOTHING)


def test_an_update_and_the_way_back_do_the_same_by_both_engines(cli: Engine, sdk: Engine) -> None:
    there = [engine.done("up", A_SITE_ADDED) for engine in (cli, sdk)]
    back = [engine.done("up", stated()) for engine in (cli, sdk)]

    assert there[0] == there[1]
    assert back[0] == back[1]
    assert "0 created" in back[0]
    assert not back[0].startswith(NOTHING)


def test_destroy_leaves_what_the_owner_had(cli: Engine) -> None:
    owned = {identity for urn, identity in in_the_clouds(cli) if not urn}
    said = cli.done("destroy", stated())

    assert said.splitlines()[0].startswith("0 created, 0 updated, 0 replaced, ")
    assert len(owned) > 2
    assert in_the_clouds(cli) == [("", identity) for identity in sorted(owned)]


def test_the_copy_of_the_project_points_at_the_program(cli: Engine) -> None:
    project = Path(cli.folder / "project")
    copied = json.loads((project / "Pulumi.yaml").read_text())

    assert copied["main"] == str(ROOT)
    assert (Path(copied["runtime"]["options"]["virtualenv"]) / "bin/python").exists()


def test_the_repository_is_untouched_by_the_cli(cli: Engine, before: str) -> None:
    assert repository_status() == before
    assert not (ROOT / ".pulumi").exists()

"""The Pulumi CLI and our engine do the same with the same program, and no key of a run is anywhere but in the store.

The tests run in order on one deployment each; the last one destroys it.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.engine import records
from tests.engine.conftest import ROOT, Engine, changed, stated

SITE = {"id": 9, "name": "store-009", "prefixes": ["192.168.9.0/24"]}
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": stated(),
    "a site added": changed(lambda path: path["sites"].append(SITE)),
    "another AMI": changed(lambda path: path["images"].update(aws_ami="ami-0fedcba9876543210")),
    "one disk built anew": changed(lambda path: path.update(rebuild={"sakura-a": 2})),
    "a VPC removed": changed(lambda path: path["vpcs"].pop()),
}


def status() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


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

    assert said.startswith("0 created, 0 updated, 0 replaced, 0 deleted, ")


def test_no_key_is_in_exported_state_previews_events_or_plugin_logs(cli: Engine) -> None:
    """The events hold what the plugins log; the CLI's own log at -v=9 shows every secret, whatever the provider."""
    shown = cli.pulumi("preview", "--diff")
    exported = cli.pulumi("stack", "export")
    events = cli.pulumi("up", "--yes", "--skip-preview", "--json")
    files = [path for path in cli.folder.rglob("*") if path.is_file() and path.name != "store.db"]

    assert not found_in(shown + exported + events, cli)
    assert len(files) > 10
    for path in files:
        assert not found_in(path.read_text(errors="replace"), cli), path
    assert found_in(cli.pulumi("stack", "export", "--show-secrets"), cli), "this test can find a key"


@pytest.mark.parametrize("change", CHANGES)
def test_both_engines_preview_the_same_steps(cli: Engine, sdk: Engine, change: str) -> None:
    theirs, ours = cli.done("preview", CHANGES[change]), sdk.done("preview", CHANGES[change])

    assert theirs.splitlines()[0] == ours.splitlines()[0] or theirs == ours
    assert set(theirs.splitlines()) == set(ours.splitlines())


def test_an_update_and_the_way_back_end_where_they_began(cli: Engine, sdk: Engine) -> None:
    for engine in (cli, sdk):
        engine.done("up", CHANGES["a site added"])
    both = [engine.done("up", stated()) for engine in (cli, sdk)]

    assert both[0] == both[1]
    assert "0 created" in both[0]


def test_the_repository_is_untouched_by_the_cli(cli: Engine) -> None:
    before = status()
    cli.done("up", stated())

    assert status() == before
    assert not (ROOT / ".pulumi").exists()


def test_destroy_leaves_what_the_owner_had(cli: Engine) -> None:
    said = cli.done("destroy", stated())
    left = json.loads((cli.folder / "clouds.json").read_text())["resources"]

    assert said.splitlines()[0].startswith("0 created, 0 updated, 0 replaced, ")
    assert {each["urn"] for each in left} == {""}
    assert {each["type"] for each in left} == {
        "aws:ec2/ami:Ami", "sakuracloud:index/archive:Archive", "sakuracloud:index/switch:Switch"
    }  # fmt: skip


def test_the_copy_of_the_project_points_at_the_program(cli: Engine) -> None:
    project = Path(cli.folder / "project")
    copied = json.loads((project / "Pulumi.yaml").read_text())

    assert copied["main"] == str(ROOT)
    assert (Path(copied["runtime"]["options"]["virtualenv"]) / "bin/python").exists()

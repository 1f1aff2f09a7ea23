"""What a pull request previews and a merge deploys, with a `pulumi` that stands in for the CLI."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import account
from lab.errors import BadInput, LabFault, MachineLacks

PULUMI = """#!/bin/sh
echo "pulumi $*"
echo "token $SAKURACLOUD_ACCESS_TOKEN"
printf '%s\\n' '````'
exit "$(cat "$0.exit")"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in keeps its exit status."""
    program = tmp_path / "pulumi"
    program.write_text(PULUMI)
    program.chmod(0o755)
    (tmp_path / "pulumi.exit").write_text("0")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SAKURACLOUD_ACCESS_TOKEN", "given")
    return tmp_path / "pulumi.exit"


def test_a_preview_is_a_folded_part_of_the_comment_that_its_own_text_cannot_close(cli: Path, tmp_path: Path) -> None:
    text = account.preview("lab", tmp_path, "").read_text()

    assert text.startswith("## Stack `lab`: `pulumi preview` in the account")
    assert "pulumi preview --stack lab --non-interactive --color never" in text
    assert text.count("`" * 4) == 2


def test_a_preview_that_fails_is_told_to_reviewers_and_to_the_workflow(cli: Path, tmp_path: Path) -> None:
    cli.write_text("255")

    with pytest.raises(LabFault, match="exit 255"):
        account.preview("lab", tmp_path, "")

    assert "fails" in (tmp_path / "lab-preview.md").read_text()


def test_a_deployment_ends_as_the_cli_does_and_asks_nobody(cli: Path, capfd: pytest.CaptureFixture[str]) -> None:
    cli.write_text("3")

    assert account.deploy("lab", "") == 3
    assert "up --stack lab --yes --non-interactive" in capfd.readouterr().out


def test_sakuras_key_comes_from_parameter_store_where_the_environment_has_none(
    cli: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Store:
        def get_parameter(self, **given: object) -> dict[str, dict[str, str]]:
            asked.append(given)
            return {"Parameter": {"Value": "from-the-store"}}

    monkeypatch.setattr("boto3.client", lambda _: Store())
    monkeypatch.delenv("SAKURACLOUD_ACCESS_TOKEN")
    account.deploy("lab", "/flets-to-vpc-ci/prod/")

    assert "token from-the-store" in capfd.readouterr().out
    assert {"Name": "/flets-to-vpc-ci/prod/access-token", "WithDecryption": True} in asked


def test_an_unknown_stack_and_a_missing_cli_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="no-such"):
        account.preview("no-such", tmp_path, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineLacks, match="Pulumi CLI"):
        account.deploy("lab", "")

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from lab.nodes.ssm_agent import identity, service
from lab.nodes.ssm_agent.identity import HybridNode, Instance
from lab.nodes.ssm_agent.sigv4 import Credentials

MINE = Credentials(access_key_id="ASIATEST", secret_access_key="test", session_token="token")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(identity, "REGISTRATION", tmp_path / "ssm" / "registration")
    monkeypatch.setattr(identity, "SHARED_CREDENTIALS", tmp_path / "aws" / "credentials")
    return tmp_path


def test_credentials_are_shared_with_root_alone(files: Path) -> None:
    identity.share(MINE)

    path = files / "aws" / "credentials"
    assert "[default]\naws_access_key_id = ASIATEST\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_another_profile_of_roots_is_left_alone(files: Path) -> None:
    (files / "aws").mkdir()
    (files / "aws" / "credentials").write_text("[default]\naws_access_key_id = OLD\n\n[mine]\nregion = x\n")

    identity.share(MINE)

    text = (files / "aws" / "credentials").read_text()
    assert "OLD" not in text
    assert "[mine]\nregion = x\n" in text


def test_registering_keeps_the_machines_id_and_key_for_root_alone(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    def answer(service: str, region: str, operation: str, body: dict[str, Any], key: str = "") -> dict[str, Any]:
        asked.append((operation, body))
        if operation == "RegisterManagedInstance":
            return {"InstanceId": "mi-1"}
        return {"AccessKeyId": "A", "SecretAccessKey": "S", "SessionToken": "T", "TokenExpirationDate": 0}

    monkeypatch.setattr(identity, "call_unsigned", answer)
    assert identity.register("code", "activation", "ap-northeast-1") == "mi-1"

    path = files / "ssm" / "registration"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["ManagedInstanceID"] == "mi-1"
    assert "code" not in path.read_text()
    assert [operation for operation, _ in asked] == ["RegisterManagedInstance", "RequestManagedInstanceRoleToken"]
    assert isinstance(identity.identify(), HybridNode)


def test_a_machine_with_metadata_and_a_role_is_an_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"meta-data/placement/region": "ap-northeast-1", "meta-data/iam/security-credentials/": "role-aws-a"}
    monkeypatch.setattr(identity, "metadata", known.get)

    assert identity.identify() == Instance("ap-northeast-1", "role-aws-a")


def test_a_machine_without_either_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "metadata", lambda path: None)

    assert identity.identify() is None


def test_lines_run_as_one_script_and_the_last_status_counts() -> None:
    assert service.run(["cd /tmp", "pwd", "echo wrong >&2", "exit 3"]) == (3, "/tmp\nwrong\n")


def test_long_output_keeps_its_end() -> None:
    code, output = service.run(["yes line | head -n 20000", "echo the end"])

    assert code == 0
    assert len(output) == service.MOST_OUTPUT
    assert output.endswith("the end\n")

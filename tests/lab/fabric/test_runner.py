from __future__ import annotations

import pytest

from lab.errors import LabFault
from lab.fabric import runner


def test_a_command_that_fails_is_named_with_what_it_said() -> None:
    with pytest.raises(LabFault, match=r"(?s)sh -c.*exit 3: it cannot") as raised:
        runner.run(["sh", "-c", "echo it cannot >&2; exit 3"], stdin="first line\n")
    assert "first line" in str(raised.value)


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(LabFault, match="no-such-command"):
        runner.run(["no-such-command"])


def test_a_namespace_is_entered_and_named() -> None:
    assert runner.inside("aws-a", ["ip", "route"])[:2] == ["nsenter", "--net=/run/netns/aws-a"]
    with pytest.raises(LabFault, match="in namespace no-such-namespace"):
        runner.run(["true"], netns="no-such-namespace")


def test_no_lines_run_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    runner.ip_batch([])

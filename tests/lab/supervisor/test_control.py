"""The control socket answers one request per connection and outlives bad ones."""

from __future__ import annotations

import threading
import time

import pytest

from lab.errors import LabFault
from lab.supervisor.control import ask, serve
from lab.supervisor.folder import LabFolder


@pytest.fixture
def folder(tmp_path) -> LabFolder:
    deep = tmp_path / ("long-name" * 12)  # longer than a socket's name may be
    folder = LabFolder("lab", checkout=deep)
    folder.path.mkdir(parents=True)
    return folder


def fail(request):
    raise ValueError("of no use")


def await_listener(folder) -> None:
    """The socket's file is there before it takes connections."""
    deadline_s = time.monotonic() + 10
    while True:
        try:
            ask(folder, "status")
        except LabFault:
            assert time.monotonic() < deadline_s, "nobody listens on the control socket"
        else:
            return


@pytest.fixture
def served(folder):
    verbs = {"status": lambda request: {"asked": request["verb"]}, "fail": fail}
    thread = threading.Thread(target=serve, args=(folder, verbs))
    thread.start()
    await_listener(folder)
    yield folder
    ask(folder, "stop")
    thread.join(5)
    assert not thread.is_alive()


def test_a_request_is_answered(served):
    assert ask(served, "status") == {"asked": "status"}


def test_a_fault_is_told_and_the_next_request_answered(served):
    with pytest.raises(LabFault, match="ValueError: of no use"):
        ask(served, "fail")
    with pytest.raises(LabFault, match="KeyError"):
        ask(served, "no such verb")

    assert ask(served, "status")


def test_a_lab_that_does_not_run_is_named_with_the_way_out(folder):
    with pytest.raises(LabFault, match="make lab NAME=lab"):
        ask(folder, "status")

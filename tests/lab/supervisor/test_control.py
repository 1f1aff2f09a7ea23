"""The control socket answers one request per connection and outlives bad ones."""

from __future__ import annotations

import json
import socket
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


def ask_and_leave(verb, unread: bool) -> None:
    """What a client does that is killed: with an answer that it has not read, its end resets the connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect("control.sock")
        client.sendall(json.dumps({"verb": verb}).encode() + b"\n")
        if unread:
            client.recv(1)


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
def gone():
    """Set once the client that asked for `slow` has left."""
    return threading.Event()


@pytest.fixture
def served(folder, gone):
    verbs = {
        "status": lambda request: {"asked": request["verb"]},
        "fail": fail,
        "slow": lambda request: {"gone": gone.wait(10)},
        "long": lambda request: {"text": "x" * (1 << 22)},
    }
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


def test_a_client_that_is_killed_before_its_answer_does_not_end_the_lab(served, gone, monkeypatch):
    monkeypatch.chdir(served.path)  # a socket's name must be short

    ask_and_leave("slow", unread=False)
    gone.set()

    assert ask(served, "status")


def test_a_client_that_is_killed_amid_its_answer_does_not_end_the_lab(served, monkeypatch):
    monkeypatch.chdir(served.path)

    ask_and_leave("long", unread=True)

    assert ask(served, "status")


def test_a_lab_that_does_not_run_is_named_with_the_way_out(folder):
    with pytest.raises(LabFault, match="make lab NAME=lab"):
        ask(folder, "status")

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from router import boot_object
from router.errors import BootObjectError
from router.paths import Paths

STATED = {"router": "aws-a", "region": "ap-northeast-1", "bucket": "b", "parameter_path": "/flets-to-vpc/lab/aws-a"}


class Metadata(BaseHTTPRequestHandler):
    """Instance metadata, version 2 only."""

    user_data = json.dumps(STATED).encode()

    def do_PUT(self) -> None:
        known = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        self._answer(200 if known else 400, b"token-1")

    def do_GET(self) -> None:
        if self.headers["X-aws-ec2-metadata-token"] != "token-1":
            self._answer(401, b"")
        else:
            self._answer(200 if self.path == "/latest/user-data" else 404, self.user_data)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def metadata() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/latest"
        server.shutdown()
        thread.join()


def test_on_sakura_it_is_read_from_the_file_of_the_startup_note(tmp_path) -> None:
    paths = Paths(root=tmp_path)
    paths.boot_object.parent.mkdir(parents=True)
    paths.boot_object.write_text(json.dumps({**STATED, "router": "sakura-a"}))

    assert boot_object.read(paths, "http://127.0.0.1:1/latest").router == "sakura-a"


def test_on_ec2_it_is_read_from_user_data_with_a_session_token(tmp_path, metadata: str) -> None:
    assert boot_object.read(Paths(root=tmp_path), metadata) == boot_object.BootObject(**STATED)


def test_no_proxy_of_the_environment_sees_instance_metadata(tmp_path, metadata: str, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)

    assert boot_object.read(Paths(root=tmp_path), metadata).router == "aws-a"


def test_with_neither_it_says_so(tmp_path) -> None:
    with pytest.raises(BootObjectError, match="no boot object"):
        boot_object.read(Paths(root=tmp_path), "http://127.0.0.1:1/latest")


def test_an_answer_other_than_200_is_named(tmp_path, metadata: str) -> None:
    with pytest.raises(BootObjectError, match=r"404|400"):
        boot_object.read(Paths(root=tmp_path), metadata.replace("latest", "other"))


@pytest.mark.parametrize("text", ["[]", "{}", '{"router": "aws-a"}', json.dumps({**STATED, "bucket": ""})])
def test_what_is_missing_is_named_and_the_content_is_not(text: str) -> None:
    with pytest.raises(BootObjectError, match=r"user data: the boot object lacks .*bucket.*") as refusal:
        boot_object.parse(text, "EC2 user data")

    assert "aws-a" not in str(refusal.value)


def test_text_that_is_not_json_is_refused_with_its_place() -> None:
    with pytest.raises(BootObjectError, match="EC2 user data: the boot object is not JSON"):
        boot_object.parse("#!/bin/sh", "EC2 user data")

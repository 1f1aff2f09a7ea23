"""The emulated AWS goes on answering whatever one of its clients does."""

from __future__ import annotations

import socket
import ssl
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.api import https
from lab.api.certificates import make_certificates

NAME = "localhost"
WITHIN_S = 10.0


def says_its_scheme(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.url_scheme"].encode()]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """The port, and what a client trusts."""
    ca, own = tmp_path / "ca.pem", tmp_path / "server.pem"
    make_certificates(ca, own, [NAME])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = https.serve(says_its_scheme, listening, context)
    yield port, ssl.create_default_context(cafile=ca)
    server.shutdown()
    server.server_close()


def ask(port: int, trusted: ssl.SSLContext) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted))
    with opener.open(f"https://{NAME}:{port}/", timeout=WITHIN_S) as answer:
        return str(answer.read().decode())


def test_it_is_https(served: tuple[int, ssl.SSLContext]) -> None:
    assert ask(*served) == "https"


def test_a_client_that_falls_silent_before_its_handshake_is_over_holds_up_nobody(
    served: tuple[int, ssl.SSLContext],
) -> None:
    with socket.create_connection(("127.0.0.1", served[0])):
        assert ask(*served) == "https"


def test_one_that_speaks_no_tls_ends_nothing(served: tuple[int, ssl.SSLContext]) -> None:
    with socket.create_connection(("127.0.0.1", served[0])) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        client.settimeout(WITHIN_S)
        client.recv(1 << 10)

    assert ask(*served) == "https"

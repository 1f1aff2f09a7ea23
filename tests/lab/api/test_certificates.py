from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest

from lab.api.certificates import make_certificates
from lab.api.names import certificate_names, host_names
from tests.lab.api.deployment import REGION

NAMES = host_names(REGION, ["bundles-1234"])


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    found = tmp_path / "ca.pem", tmp_path / "server.pem"
    make_certificates(*found, certificate_names(REGION))
    return found


def shake_hands(paths: tuple[Path, Path], name: str, trusted: Path) -> None:
    """One TLS handshake over a socket pair; raises as the client would."""
    server = paths[1]
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(server)
    near, far = socket.socketpair()

    def answer() -> None:
        try:
            with served.wrap_socket(far, server_side=True) as line:
                line.recv(1)
        except OSError:
            return

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with ssl.create_default_context(cafile=trusted).wrap_socket(near, server_hostname=name):
            pass
    finally:
        near.close()
        thread.join()


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_aws_is_trusted_by_the_labs_ca(paths: tuple[Path, Path], name: str) -> None:
    shake_hands(paths, name, paths[0])


def test_another_name_is_not(paths: tuple[Path, Path]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(paths, "ssm.eu-west-1.amazonaws.com", paths[0])


def test_another_labs_ca_does_not_vouch_for_this_one(paths: tuple[Path, Path], tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    make_certificates(other, tmp_path / "other-server.pem", certificate_names(REGION))

    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(paths, NAMES[0], other)


def test_only_the_owner_reads_the_servers_key_and_the_ca_file_has_none(paths: tuple[Path, Path]) -> None:
    ca, server = paths

    assert server.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE KEY" not in ca.read_text()

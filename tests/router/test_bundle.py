from __future__ import annotations

import gzip
import io
import json
import tarfile

import pytest

from router import bundle
from router.errors import BundleError
from tests.router.bundle_files import FILES, digest, packed


def test_a_bundle_opens_to_its_files_with_their_modes() -> None:
    data = packed({"etc/wireguard/wg-x.conf": "[Interface]\n"}, mode=0o600)

    opened = bundle.open_bundle(data, digest(data))

    assert [(f.path, f.content, f.mode) for f in opened.files] == [
        ("/etc/wireguard/wg-x.conf", b"[Interface]\n", 0o600)
    ]
    assert opened.version == digest(data)[:12]


def test_a_truncated_bundle_is_refused_by_its_digest() -> None:
    data = packed(FILES)

    with pytest.raises(BundleError, match=f"demands {digest(data)[:12]}.*truncated"):
        bundle.open_bundle(data[:-20], digest(data))


@pytest.mark.parametrize(
    "data",
    [b"", b"not gzip", packed(FILES)[:200], gzip.compress(b"not tar" * 200)],
    ids=["empty", "not gzip", "cut off", "gzip of no tar"],
)
def test_a_bundle_that_is_no_gzip_tar_is_refused_although_its_digest_is_right(data: bytes) -> None:
    with pytest.raises(BundleError, match="is not a gzip tar"):
        bundle.open_bundle(data, digest(data))


@pytest.mark.parametrize(
    "name",
    [
        "../etc/frr/frr.conf",
        "etc/frr/../shadow",
        "/etc/frr/frr.conf",
        "./etc/frr/frr.conf",
        "etc//frr/frr.conf",
        "etc/frr/./frr.conf",
    ],
)
def test_a_name_that_could_escape_is_refused(name: str) -> None:
    data = packed({name: "x"})

    with pytest.raises(BundleError, match="not a clean relative path"):
        bundle.open_bundle(data, digest(data))


@pytest.mark.parametrize(
    "name",
    [
        "etc/shadow",
        "usr/sbin/flets-to-vpc",
        "etc/systemd/system/evil.service",
        "etc/nftables.conf.d/x",
        "etc/flets-to-vpc/boot.json",
        "etc/frr/daemons",
    ],
)
def test_a_file_outside_what_a_bundle_may_write_is_refused(name: str) -> None:
    data = packed({name: "x"})

    with pytest.raises(BundleError, match="outside what a bundle may write"):
        bundle.open_bundle(data, digest(data))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_an_entry_that_is_no_plain_file_is_refused(kind: bytes) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        entry = tarfile.TarInfo("etc/frr/frr.conf")
        entry.type, entry.linkname = kind, "../../shadow"
        archive.addfile(entry)
    data = gzip.compress(raw.getvalue())

    with pytest.raises(BundleError, match="is not a plain file"):
        bundle.open_bundle(data, digest(data))


@pytest.mark.parametrize("mode", [0o4755, 0o2644, 0o666, 0o777])
def test_a_mode_that_gives_too_much_is_refused(mode: int) -> None:
    data = packed({"etc/frr/frr.conf": "x"}, mode=mode)

    with pytest.raises(BundleError, match="at most 0755"):
        bundle.open_bundle(data, digest(data))


def test_a_file_twice_is_refused() -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for _ in range(2):
            archive.addfile(tarfile.TarInfo("etc/frr/frr.conf"))
    data = gzip.compress(raw.getvalue())

    with pytest.raises(BundleError, match="more than once"):
        bundle.open_bundle(data, digest(data))


def test_a_bundle_that_unpacks_without_end_is_refused() -> None:
    data = gzip.compress(b"\0" * (bundle.MAX_BYTES + 1))

    with pytest.raises(BundleError, match="unpacks to more than"):
        bundle.open_bundle(data, digest(data))


def test_a_bundle_without_agent_settings_names_them() -> None:
    data = packed({"etc/frr/frr.conf": "x"})

    with pytest.raises(BundleError, match=r"holds no /etc/flets-to-vpc/agent\.json"):
        _ = bundle.open_bundle(data, digest(data)).agent


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema": 2}, "schema 2"),
        ({"bfd": None}, "None is not an object"),
        ({"bgp_neighbors": ["10.0.0.1", 3]}, "3 is not a string"),
        ({"bfd": {"interval_ms": "100", "multiplier": 3}}, "'100' is not a whole number"),
        ({"wireguard": [{}]}, "KeyError 'interface'"),
    ],
)
def test_malformed_agent_settings_say_what_is_wrong(change: dict[str, object], told: str) -> None:
    stated = {**json.loads(FILES["etc/flets-to-vpc/agent.json"]), **change}
    data = packed({**FILES, "etc/flets-to-vpc/agent.json": json.dumps(stated)})

    with pytest.raises(BundleError, match=told):
        _ = bundle.open_bundle(data, digest(data)).agent


def test_a_pointer_survives_its_own_text() -> None:
    pointer = bundle.Pointer(key="aws-a/bundle.tar.gz", version_id="v1", sha256="0" * 64)

    assert bundle.parse_pointer(pointer.text()) == pointer
    assert pointer.version == "0" * 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"schema": 2, "key": "k", "version_id": "v", "sha256": "' + "0" * 64 + '"}',
        '{"schema": 1, "key": "k", "version_id": "v", "sha256": "00"}',
        '{"schema": 1, "key": "k", "sha256": "' + "0" * 64 + '"}',
    ],
)
def test_a_malformed_pointer_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="bundle pointer"):
        bundle.parse_pointer(text)

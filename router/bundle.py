"""A bundle: the rendered files of one router as one gzip tar, named by its SHA-256."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from router import agent_file
from router.errors import BundleError

MAX_BYTES = 16 * 1024 * 1024
"""Packed and unpacked alike; a real bundle has some tens of KiB."""
VERSION_DIGITS = 12
POINTER_SCHEMA = 1
FOLDERS = (
    "/etc/flets-to-vpc/",
    "/etc/frr/",
    "/etc/keepalived/",
    "/etc/sysctl.d/",
    "/etc/systemd/system/flets-to-vpc-path.target.d/",
    "/etc/wireguard/",
)
"""Where a bundle may write, beside /etc/nftables.conf."""
NOT_A_BUNDLES = ("/etc/flets-to-vpc/boot.json", "/etc/frr/daemons", "/etc/frr/vtysh.conf")
"""Files in those folders that belong to the machine or the image."""


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """Where the bundle in force lies and what it must be."""

    key: str
    version_id: str
    sha256: str

    @property
    def version(self) -> str:
        """The first 12 digits of the digest: `bundle_version`."""
        return self.sha256[:VERSION_DIGITS]

    def text(self) -> str:
        """The pointer as the parameter holds it."""
        return json.dumps(
            {"schema": POINTER_SCHEMA, "key": self.key, "version_id": self.version_id, "sha256": self.sha256}
        )


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """One file of a bundle; `path` is absolute."""

    path: str
    content: bytes
    mode: int


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An opened bundle whose digest was right."""

    sha256: str
    data: bytes
    files: tuple[BundleFile, ...]
    """Sorted by path."""

    @property
    def version(self) -> str:
        """The first 12 digits of the digest: `bundle_version`."""
        return self.sha256[:VERSION_DIGITS]

    @cached_property
    def by_path(self) -> dict[str, BundleFile]:
        """The files by path."""
        return {file.path: file for file in self.files}

    @cached_property
    def agent(self) -> agent_file.AgentFile:
        """The agent's settings. Raises BundleError when `agent.json` is missing or malformed."""
        if agent_file.PATH not in self.by_path:
            raise BundleError(f"bundle {self.version} holds no {agent_file.PATH}; it must be rendered anew")
        return agent_file.parse(self.text(agent_file.PATH))

    def text(self, path: str) -> str:
        """A file's text; empty when the bundle does not hold it."""
        file = self.by_path.get(path)
        return "" if file is None else file.content.decode()


def parse_pointer(text: str) -> Pointer:
    """Reads a pointer. Raises BundleError."""
    try:
        stated = json.loads(text)
        if stated["schema"] != POINTER_SCHEMA:
            raise BundleError(f"bundle pointer: schema {stated['schema']!r}, this agent reads {POINTER_SCHEMA}")
        pointer = Pointer(key=stated["key"], version_id=stated["version_id"], sha256=stated["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(f"bundle pointer is malformed ({type(error).__name__} {error}); deploy it anew") from error
    if not re.fullmatch("[0-9a-f]{64}", str(pointer.sha256)):
        raise BundleError(f"bundle pointer: sha256 {pointer.sha256!r} is not 64 hexadecimal digits; deploy it anew")
    return pointer


def open_bundle(data: bytes, sha256: str) -> Bundle:
    """Verifies the digest and unpacks in memory. Raises BundleError; nothing is written to disk."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise BundleError(
            f"bundle of {len(data)} bytes has SHA-256 {found[:VERSION_DIGITS]}..., its pointer demands "
            f"{sha256[:VERSION_DIGITS]}...: truncated or not the one that was deployed"
        )
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(data)), mode="r:") as archive:
            files = tuple(_file(archive, member) for member in archive)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise BundleError(f"bundle {sha256[:VERSION_DIGITS]} is not a gzip tar: {error}") from error
    paths = [file.path for file in files]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    if twice:
        raise BundleError(f"bundle {sha256[:VERSION_DIGITS]} holds {', '.join(twice)} more than once")
    return Bundle(sha256=sha256, data=data, files=tuple(sorted(files, key=lambda file: file.path)))


def _unpacked(data: bytes) -> bytes:
    """Unpacks gzip without ever holding more than the limit."""
    unpacker = zlib.decompressobj(wbits=31)
    content = unpacker.decompress(data, MAX_BYTES)
    if unpacker.unconsumed_tail:
        raise BundleError(f"bundle unpacks to more than {MAX_BYTES} bytes")
    if not unpacker.eof:
        raise EOFError("it ends too early")
    return content


def _file(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BundleFile:
    stream = archive.extractfile(member) if member.isreg() else None
    if stream is None:
        raise BundleError(f"bundle entry {member.name!r} is not a plain file; a bundle holds nothing else")
    path = f"/{member.name}"
    if member.name.startswith("/") or str(PurePosixPath(path)) != path or ".." in PurePosixPath(path).parts:
        raise BundleError(f"bundle entry {member.name!r} is not a clean relative path")
    allowed = path == "/etc/nftables.conf" or path.startswith(FOLDERS)
    if not allowed or path in NOT_A_BUNDLES:
        raise BundleError(f"bundle entry {member.name!r} is outside what a bundle may write: {', '.join(FOLDERS)}")
    if member.mode & ~0o755:
        raise BundleError(f"bundle entry {member.name!r} has mode {member.mode:04o}; at most 0755 is allowed")
    return BundleFile(path=path, content=stream.read(), mode=member.mode)

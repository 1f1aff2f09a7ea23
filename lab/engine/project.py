"""The Pulumi CLI's project: copies of Pulumi.yaml and the stack file, so that nothing is written in the repository."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from lab.engine.deployment import Deployment
from lab.engine.stack_file import StackFile

EXECUTABLES = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec")
PLUGINS = Path(__file__).resolve().parents[1] / "clouds" / "providers"
STORE_VARIABLE = "FLETS_TO_VPC_STORE"
"""Tells the plugins where the emulated clouds are: the CLI passes nothing else on to them."""


def lacking() -> list[str]:
    """The executables of the Pulumi CLI that are not on PATH."""
    return [name for name in EXECUTABLES if shutil.which(name) is None]


@dataclass(frozen=True)
class Project:
    """The folders of one stack; they may be moved between two commands."""

    deployment: Deployment

    @property
    def folder(self) -> Path:
        """Where the copies are, and where the CLI works."""
        return self.deployment.state.with_name("project")

    @property
    def backend(self) -> Path:
        """Where the CLI keeps the stack's state, secrets encrypted."""
        return self.deployment.state / "backend"

    @property
    def passphrase(self) -> Path:
        """The key of those secrets, only this stack's; mode 0600."""
        return self.deployment.state / "passphrase"

    def write(self, stack_file: StackFile) -> None:
        """Makes the project anew from the repository's. Raises ValueError for an encrypted value."""
        stack_file.for_pulumi()
        for folder in (self.folder, self.backend, self.deployment.state / "home"):
            folder.mkdir(parents=True, exist_ok=True)
        if not self.passphrase.exists():
            with open(os.open(self.passphrase, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(secrets.token_urlsafe())
        stated = yaml.safe_load((self.deployment.program / "Pulumi.yaml").read_text())
        stated["main"] = os.fspath(self.deployment.program.resolve())
        stated["runtime"] = {"name": "python", "options": {"virtualenv": sys.prefix}}
        # JSON is YAML that both readers take alike; the CLI itself adds `encryptionsalt`, which must stay.
        (self.folder / "Pulumi.yaml").write_text(json.dumps(stated, indent=1) + "\n")
        copy = self.folder / f"Pulumi.{self.deployment.stack}.yaml"
        salt = yaml.safe_load(copy.read_text()).get("encryptionsalt") if copy.exists() else None
        document = {**({"encryptionsalt": salt} if salt else {}), "config": stack_file.config}
        copy.write_text(json.dumps(document, indent=1) + "\n")

    def environment(self) -> dict[str, str]:
        """Of every command: the caller's without its Pulumi settings, which are of other stacks."""
        own = {
            "PATH": f"{PLUGINS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PULUMI_HOME": os.fspath((self.deployment.state / "home").resolve()),
            "PULUMI_BACKEND_URL": self.backend.resolve().as_uri(),
            "PULUMI_CONFIG_PASSPHRASE_FILE": os.fspath(self.passphrase.resolve()),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
            STORE_VARIABLE: os.fspath(self.deployment.store.resolve()),
        }
        return {**{name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}, **own}

    def command(self, words: Sequence[str]) -> list[str]:
        """A command that ends with the process that starts it."""
        options = ["--stack", self.deployment.stack, "--non-interactive", "--color", "never"]
        return ["setpriv", "--pdeathsig", "KILL", "--", "pulumi", *words, *options]

    def log(self, verb: str) -> Path:
        """What the last command of this name said: its events, the plugins' own lines among them, and its errors."""
        return self.deployment.state / f"{verb}.log"

    def locks(self) -> list[Path]:
        """What a run that was killed left, and what one that is under way holds."""
        return sorted((self.backend / ".pulumi" / "locks").rglob("*.json"))

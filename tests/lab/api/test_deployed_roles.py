"""The roles that the program deploys: each router reads its own keys and bundle, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lab.api import deployed
from lab.api.access import authorize
from lab.api.calls import Call
from lab.api.managed_policies import managed_policy
from lab.api.refusals import Refused
from lab.clouds.store import Store
from lab.clouds.view import Clouds
from lab.fabric.instances import instances
from tests.lab.api.deployment import REGION
from tests.lab.api.test_access import SESSION, call

ROOT = Path(__file__).parents[3]
ROUTERS = ("aws-a", "aws-b", "sakura-a", "sakura-b")
READS = ("private key", "pre-shared key", "bundle")


class Stack:
    """Stack `lab` as the engine deployed it."""

    def __init__(self, folder: Path) -> None:
        store = Store(folder / "store.db")
        self.clouds = Clouds.load(folder / "clouds.json")
        self.deployed = deployed.read(self.clouds, store.secret, managed_policy)
        store.close()

    def role(self, router: str) -> str:
        """The role of a router's machine: its instance profile's, or its activation's."""
        roles = {instance.name: instance.role for instance in instances(self.clouds)}
        for activation in self.clouds.of("aws:ssm/activation:Activation"):
            roles[activation.outputs["tags"]["flets-to-vpc:router"]] = activation.outputs["iamRole"]
        return roles[router]

    def read(self, router: str, what: str) -> Call:
        """How a router would fetch one of a router's things."""
        if what == "bundle":
            (found,) = (
                o for o in self.clouds.of("aws:s3/bucketObjectv2:BucketObjectv2") if o.id.endswith(f"/{router}/{TAR}")
            )
            host = f"{found.outputs['bucket']}.s3.{REGION}.amazonaws.com"
            path = f"/{found.outputs['key']}?versionId={found.outputs['versionId']}"
            return call("s3", "", host=host, path=path, method="GET")
        part = f"/{router}/{what.replace(' ', '-')}/"
        names = sorted(p.id for p in self.clouds.of("aws:ssm/parameter:Parameter") if part in p.id)
        return call("ssm", "GetParameter", Name=names[0], WithDecryption=True)

    def refusal(self, router: str, asked: Call) -> str:
        """What AWS answers a router; nothing when it may."""
        try:
            authorize(asked, replace(SESSION, role=self.role(router)), self.deployed)
        except Refused as refused:
            return str(refused)
        return ""


TAR = "bundle.tar.gz"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Stack `lab`, deployed once."""
    folder = tmp_path_factory.mktemp("stack")
    argv = [sys.executable, "-m", "lab.engine", "up", "--stack", "lab", "--stack-file", "Pulumi.lab.yaml"]
    argv += ["--store", os.fspath(folder / "store.db"), "--state", os.fspath(folder / "state.json")]
    argv += ["--out", os.fspath(folder)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return Stack(folder)


@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_reads_its_own(stack: Stack, router: str, what: str) -> None:
    assert stack.refusal(router, stack.read(router, what)) == ""


@pytest.mark.parametrize("what", READS)
@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_is_denied_every_others(stack: Stack, router: str, what: str) -> None:
    for other in set(ROUTERS) - {router}:
        assert "is not authorized to perform" in stack.refusal(router, stack.read(other, what)), other


@pytest.mark.parametrize("router", ROUTERS)
def test_a_router_uses_the_key_through_no_other_door(stack: Stack, router: str) -> None:
    (key,) = stack.clouds.of("aws:kms/key:Key")
    asked = call("kms", "Decrypt", KeyId=key.outputs["arn"], CiphertextBlob="eA==")

    assert "kms:Decrypt" in stack.refusal(router, asked)


@pytest.mark.parametrize("what", ["private key", "bundle"])
@pytest.mark.parametrize("router", ROUTERS)
def test_the_key_alone_would_deny_it_too(stack: Stack, router: str, what: str) -> None:
    """Were every read allowed, the conditions of the decryption would still keep routers apart."""
    everything = {"Effect": "Allow", "Action": ["ssm:GetParameter", "s3:GetObjectVersion"], "Resource": "*"}
    role = stack.deployed.roles[stack.role(router)]
    own = [s for policy in role.policies for s in deployed_statements(policy) if s["Effect"] == "Allow"]
    open_door = replace(role, policies=({"Statement": [*own, everything]},))
    roles = {**stack.deployed.roles, role.name: open_door}
    other = next(name for name in ROUTERS if name != router)

    with pytest.raises(Refused, match=r"kms:Decrypt"):
        authorize(stack.read(other, what), replace(SESSION, role=role.name), replace(stack.deployed, roles=roles))


def deployed_statements(policy: object) -> list[dict[str, object]]:
    """The statements of a policy document."""
    assert isinstance(policy, dict)
    found = policy["Statement"]
    return found if isinstance(found, list) else [found]

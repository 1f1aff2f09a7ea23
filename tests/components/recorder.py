"""A Pulumi engine that records: what was registered, under whom, with which inputs and options; a lookup fails."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import mocks, settings, stack
from pulumi.runtime.proto import resource_pb2

from lab.clouds.properties import PropertyMap, plain_map
from lab.engine.monitor import NoMocks

ROOT = Path(__file__).parents[2]
STACK_FILE = ROOT / "Pulumi.lab.yaml"


@dataclass(frozen=True)
class Made:
    """One registered resource."""

    type: str
    name: str
    parent: str
    """Logical name of the parent; empty for the stack."""
    inputs: dict[str, Any]
    """In clear."""
    secrets: frozenset[str]
    """Names of the inputs that hold a secret at any depth."""
    urn: str
    options: Any
    """The registration request: protect, dependencies (URNs), ignoreChanges ..."""

    @property
    def after(self) -> set[str]:
        """`type::name` of all it waits for."""
        return {urn.split("::", 2)[2].split("$")[-1] for urn in self.options.dependencies}


@dataclass
class Engine(mocks.MockMonitor):
    """Answers as the clouds would, as far as components look at the answers."""

    made: list[Made] = field(default_factory=list)
    exports: dict[str, Any] = field(default_factory=dict)
    """In clear."""
    secret_exports: frozenset[str] = frozenset()
    invokes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(NoMocks())

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """As the real engine makes it, with the whole chain of parents' types but the stack's."""
        chain = parent.split("::")[2] if parent else ""
        above = "" if chain in ("", "pulumi:pulumi:Stack") else f"{chain}$"
        return f"urn:pulumi:lab::flets-to-vpc::{above}{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        stated = PropertyValue.unmarshal_map(request.object)
        plain, secrets = plain_map(stated), _secrets_in(stated)
        if request.type != "pulumi:pulumi:Stack":
            parent = "" if "::pulumi:pulumi:Stack::" in request.parent else request.parent.split("::")[-1]
            self.made.append(Made(request.type, request.name, parent, plain, secrets, urn, request))
        answer = {**plain, **_answers(request.type, request.name)} if request.custom else plain
        id_ = f"{request.type.split(':')[-1]}-{request.name}" if request.custom else ""
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=_struct(answer))

    def Invoke(self, request: Any) -> Any:
        if request.tok not in self.invokes:
            raise AssertionError(f"a component looked something up: {request.tok}")
        return resource_pb2.ResourceInvokeResponse(**{"return": _struct(self.invokes[request.tok])})

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if "pulumi:pulumi:Stack" in request.urn:
            stated = PropertyValue.unmarshal_map(request.outputs)
            self.exports, self.secret_exports = plain_map(stated), _secrets_in(stated)
        return empty_pb2.Empty()

    def the(self, type_: str, name: str) -> Made:
        """The one resource of this type and name."""
        (found,) = [made for made in self.made if made.type == type_ and made.name == name]
        return found

    def children(self) -> set[tuple[str, str, str]]:
        """(parent, type, name) of everything."""
        return {(made.parent, made.type, made.name) for made in self.made}


def _secrets_in(values: PropertyMap) -> frozenset[str]:
    return frozenset(key for key, value in values.items() if _holds_secret(value))


def _holds_secret(value: PropertyValue) -> bool:
    inner = value.value
    parts = inner.values() if isinstance(inner, Mapping) else () if isinstance(inner, str) else inner
    return value.is_secret or (isinstance(parts, Iterable) and any(map(_holds_secret, parts)))


def _struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())


def _answers(type_: str, name: str) -> dict[str, Any]:
    """Outputs that a cloud adds to the inputs."""
    digit = {"a": 10, "b": 11}.get(name[-1], 12)
    special: dict[str, dict[str, Any]] = {
        "aws:ec2/eip:Eip": {"publicIp": f"203.0.113.{digit}"},
        "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
        "aws:s3/bucket:Bucket": {"bucket": f"{name}-physical"},
        "aws:s3/bucketObjectv2:BucketObjectv2": {"versionId": "version-1"},
        "aws:ssm/activation:Activation": {"activationCode": "CODE+/'1"},
        "aws:iam/role:Role": {"name": f"role-{name}"},
        "random:index/randomPassword:RandomPassword": {"result": f"secret of {name}".ljust(64, ".")},
        "sakuracloud:index/server:Server": {"ipAddress": f"198.51.100.{digit}"},
    }
    return {"arn": f"arn:{type_.split(':')[-1]}:{name}", **special.get(type_, {})}


Program = Callable[[], object]
Change = Callable[[dict[str, Any]], object]


def run(program: Program, invokes: dict[str, dict[str, Any]] | None = None) -> Engine:
    """Runs a program in a fresh engine; what it looks up must be in `invokes`."""
    engine = Engine()
    engine.invokes = invokes or {}
    settings.configure(
        mocks.MockSettings(
            monitor=engine,
            monitor_features=set(engine.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures),
            engine=mocks.MockEngine(None),
            project="flets-to-vpc",
            stack="lab",
            dry_run=False,
            organization="organization",
            callbacks=None,
        )
    )

    def silently() -> None:
        program()

    asyncio.run(stack.run_in_stack(silently))
    return engine


def deploy(change: Change | None = None) -> Engine:
    """Runs the whole program on the stack `lab`, after `change` has edited what its operator states."""
    config = yaml.safe_load(STACK_FILE.read_text(encoding="utf-8"))["config"]
    if change is not None:
        change(config["flets-to-vpc:path"])
    return run_program(config)


def run_program(config: dict[str, Any]) -> Engine:
    """Runs the whole program with the `config` of a stack file."""
    pulumi.runtime.set_all_config({key: v if isinstance(v, str) else json.dumps(v) for key, v in config.items()})
    account = {"accountId": "123456789012", "arn": "arn:aws:iam::123456789012:user/ci", "id": "x", "userId": "x"}
    return run(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        {"aws:index/getCallerIdentity:getCallerIdentity": account},
    )

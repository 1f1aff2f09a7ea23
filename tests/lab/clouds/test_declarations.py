"""What the emulated clouds declare, held against the SDKs and against AWS's own descriptions and models."""

from __future__ import annotations

import functools
import importlib
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest

import components.sakura  # noqa: F401  # loads pulumi_sakuracloud without the warnings of its year
from lab.clouds import shapes
from lab.clouds.aws.provider import AwsProvider
from lab.clouds.declaration import Field, Fields, Listing, Record
from lab.clouds.kind import Kind
from lab.clouds.random_values import RandomProvider
from lab.clouds.sakura.provider import SakuraProvider

SDKS = {"aws": "pulumi_aws", "sakuracloud": "pulumi_sakuracloud", "random": "pulumi_random"}
KINDS: Mapping[str, Kind] = {**AwsProvider.kinds, **SakuraProvider.kinds, **RandomProvider.kinds}
DESCRIBED = sorted(name for name, kind in KINDS.items() if kind.schema is not None)

NEEDED_BY_THE_LAB = {
    ("aws:ec2/vpc:Vpc", "cidrBlock"): "address pools (IPAM) are not modelled",
    ("aws:ec2/subnet:Subnet", "cidrBlock"): "address pools (IPAM) are not modelled",
    ("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", "cidrBlock"): "nor here",
}
"""Inputs that the SDK leaves open and the lab does not, with the reason."""

SHAPES: Mapping[type, tuple[type, ...]] = {
    shapes.Text: (str,), shapes.Whole: (int, float), shapes.Flag: (bool,), shapes.Address: (str,),
    shapes.Network: (str,), shapes.JsonText: (str,), shapes.Base64: (str,),
}  # fmt: skip

ENUMERATIONS = {
    ("aws:ec2/launchTemplate:LaunchTemplate", "metadataOptions.httpTokens"): ("ec2", "LaunchTemplateHttpTokensState"),
    ("aws:ec2/launchTemplate:LaunchTemplate", "metadataOptions.httpEndpoint"): (
        "ec2",
        "LaunchTemplateInstanceMetadataEndpointState",
    ),
    ("aws:ec2/launchTemplate:LaunchTemplate", "metadataOptions.instanceMetadataTags"): (
        "ec2",
        "LaunchTemplateInstanceMetadataTagsState",
    ),
    ("aws:ec2/launchTemplate:LaunchTemplate", "blockDeviceMappings.ebs.volumeType"): ("ec2", "VolumeType"),
    ("aws:ec2transitgateway/connect:Connect", "protocol"): ("ec2", "ProtocolValue"),
    ("aws:ec2transitgateway/transitGateway:TransitGateway", "vpnEcmpSupport"): ("ec2", "VpnEcmpSupportValue"),
    ("aws:ec2transitgateway/transitGateway:TransitGateway", "dnsSupport"): ("ec2", "DnsSupportValue"),
    ("aws:ssm/parameter:Parameter", "type"): ("ssm", "ParameterType"),
    ("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "rule.objectOwnership"): ("s3", "ObjectOwnership"),
}


@functools.cache
def arguments(type_: str) -> type:
    """The SDK's class of a resource's inputs."""
    package, module, name = type_.replace("/", ":").split(":")[0], type_.split(":")[1], type_.rpartition(":")[2]
    folder = module.split("/")[0]
    found = importlib.import_module(SDKS[package] if folder == "index" else f"{SDKS[package]}.{folder}")
    resource = getattr(found, name)
    module_ = importlib.import_module(resource.__module__)
    # A resource whose name is that of a nested type has its inputs in `InitArgs`.
    return getattr(module_, f"{name}InitArgs", None) or getattr(module_, f"{name}Args")  # type: ignore[no-any-return]


def hints(class_: type) -> dict[str, Any]:
    """Every input of an SDK class, by its name on the wire, with its annotation."""
    from pulumi._types import input_type_py_to_pulumi_names, input_type_types

    names, types = input_type_py_to_pulumi_names(class_), input_type_types(class_)
    assert set(names.values()) == set(types), class_
    return types


def needed(class_: type) -> set[str]:
    """Inputs without a default."""
    import inspect

    from pulumi._types import input_type_py_to_pulumi_names

    names = input_type_py_to_pulumi_names(class_)
    parameters = inspect.signature(class_.__init__).parameters  # type: ignore[misc]
    return {names[name] for name, it in parameters.items() if name in names and it.default is inspect.Parameter.empty}


def innermost(annotation: Any) -> Any:
    """What a list or an Input holds."""
    options = [o for o in typing.get_args(annotation) if o is not type(None)]
    if typing.get_origin(annotation) is None or not options:
        return annotation
    return innermost(options[-1] if typing.get_origin(annotation) in (dict,) else options[0])


def disagreements(place: str, fields: Fields, class_: type, excused: set[str]) -> Iterator[str]:
    """Names, types and requirements in which a declaration and an SDK class differ."""
    known, demanded = hints(class_), needed(class_)
    stated = {name for name, field in fields.items() if field.required}
    for name in sorted(fields.keys() - known.keys()):
        yield f"{place}{name}: the SDK has no such input"
    for name in sorted((stated ^ demanded) & fields.keys() - excused):
        yield f"{place}{name}: required {'here' if name in stated else 'in the SDK'} only"
    for name in sorted(demanded - fields.keys()):
        yield f"{place}{name}: required in the SDK, unknown here"
    for name in sorted(fields.keys() & known.keys()):
        yield from _type_disagreements(f"{place}{name}", fields[name], known[name])


def _type_disagreements(place: str, field: Field, annotation: Any) -> Iterator[str]:
    is_list = "Sequence" in str(annotation).split("[")[0]
    if is_list != isinstance(field.shape, Listing):
        yield f"{place}: {annotation} against {field.shape}"
        return
    shape = field.shape.item.shape if isinstance(field.shape, Listing) else field.shape
    inner = innermost(annotation)
    if isinstance(shape, Record):
        yield from disagreements(f"{place}.", shape.fields, inner, set())
    elif isinstance(shape, shapes.Tags | shapes.Texts):
        if "Mapping" not in str(annotation):
            yield f"{place}: {annotation} is no map"
    elif inner not in SHAPES[type(shape)]:
        yield f"{place}: {inner} against {type(shape).__name__}"


@pytest.mark.parametrize("type_", sorted(KINDS))
def test_every_declared_input_is_one_of_the_sdks_with_its_type_and_requirement(type_: str) -> None:
    excused = {name for of, name in NEEDED_BY_THE_LAB if of == type_}

    assert list(disagreements("", KINDS[type_].inputs, arguments(type_), excused)) == []


@pytest.mark.parametrize("type_", DESCRIBED)
def test_what_is_create_only_here_is_create_only_in_awss_description(type_: str) -> None:
    kind = KINDS[type_]
    assert kind.schema is not None
    create_only = kind.schema.create_only()
    compared = {n for n in kind.inputs if kind.schema.knows(n) or kind.schema.property_of(n) in create_only}
    compared -= {"tags", *kind.schema.not_alike}
    there = {n for n in compared if any(_is_below(kind.schema.property_of(n), path) for path in create_only)}

    assert {n for n in compared if kind.inputs[n].replaces} == there
    assert compared, "nothing maps one to one: state no schema"


def _is_below(path: str, stem: str) -> bool:
    return path == stem or path.startswith(f"{stem}/")


@pytest.mark.parametrize("type_", DESCRIBED)
def test_every_exception_and_every_renaming_is_of_an_input_that_exists(type_: str) -> None:
    schema = KINDS[type_].schema
    assert schema is not None
    assert schema.not_alike.keys() <= KINDS[type_].inputs.keys()
    assert schema.names.keys() <= KINDS[type_].inputs.keys()


def choices(field: Field, path: list[str]) -> tuple[str, ...]:
    """The values a declaration takes at a path."""
    shape = field.shape.item.shape if isinstance(field.shape, Listing) else field.shape
    if path:
        assert isinstance(shape, Record)
        return choices(shape.fields[path[0]], path[1:])
    assert isinstance(shape, shapes.Text)
    return shape.choices


@functools.cache
def model(service: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


@pytest.mark.parametrize(("where", "shape"), ENUMERATIONS.items(), ids=lambda it: "-".join(it))
def test_declared_choices_are_botocores(where: tuple[str, str], shape: tuple[str, str]) -> None:
    type_, path = where
    name, *rest = path.split(".")

    assert set(choices(KINDS[type_].inputs[name], rest)) == set(model(shape[0]).shape_for(shape[1]).enum)


def test_a_connect_peers_inputs_are_the_requests_of_botocore() -> None:
    request = model("ec2").operation_model("CreateTransitGatewayConnectPeer").input_shape
    members = {name[0].lower() + name[1:] for name in request.members} - {"dryRun", "tagSpecifications"}
    declared = {*KINDS["aws:ec2transitgateway/connectPeer:ConnectPeer"].inputs} - {"region", "tags", "bgpAsn"}

    assert members - {"bgpOptions"} == declared
    assert [*request.members["BgpOptions"].members] == ["PeerAsn"]

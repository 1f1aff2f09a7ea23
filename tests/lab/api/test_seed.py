from __future__ import annotations

import base64
from pathlib import Path

import pytest
from moto.s3.models import s3_backends
from moto.ssm.models import ssm_backends

from lab.api.seed import Seeder
from lab.clouds.store import Store
from tests.lab.api import deployment
from tests.lab.api.deployment import ACCOUNT, BUCKET, PRIVATE_KEYS, REGION, parameter_name


@pytest.fixture
def seeder(deployed_folder: Path) -> Seeder:
    ssm_backends[ACCOUNT][REGION].reset()
    s3_backends[ACCOUNT]["aws"].reset()
    made = Seeder(REGION)
    seed(made, deployed_folder)
    return made


def seed(seeder: Seeder, folder: Path) -> None:
    store = Store(folder / "store.db")
    seeder.seed(deployment.clouds(folder), store.secret)
    store.close()


def parameter(name: str) -> tuple[str | None, int] | None:
    found = ssm_backends[ACCOUNT][REGION].get_parameter(name)
    return (found.decrypt(found.value), found.version) if found else None


def test_parameters_hold_the_deployed_values(seeder: Seeder) -> None:
    assert parameter(parameter_name("aws-a", "private-key/1")) == (PRIVATE_KEYS["aws-a"], 1)


def test_what_a_router_wrote_is_told_from_what_was_deployed(seeder: Seeder) -> None:
    lock = "/flets-to-vpc/lab/roll-out-lock/aws"
    assert seeder.written() == []

    ssm_backends[ACCOUNT][REGION].put_parameter(
        name=lock, description="", value="{}", parameter_type="String", allowed_pattern="", keyid="", overwrite=False,
        tags=[], data_type="text", tier="Standard", policies=None,
    )  # fmt: skip
    assert seeder.written() == [lock]

    ssm_backends[ACCOUNT][REGION].delete_parameter(lock)
    assert seeder.written() == []


def test_objects_have_the_version_ids_the_clouds_gave_out(seeder: Seeder) -> None:
    found = s3_backends[ACCOUNT]["aws"].get_object(BUCKET, "aws-a/bundle.tar.gz", version_id="version-of-aws-a")

    assert found is not None
    assert found.value == deployment.BUNDLES["aws-a"]


def test_an_unknown_version_is_not_there(seeder: Seeder) -> None:
    assert s3_backends[ACCOUNT]["aws"].get_object(BUCKET, "aws-a/bundle.tar.gz", version_id="another") is None


def test_a_second_seed_changes_nothing(seeder: Seeder, deployed_folder: Path) -> None:
    seed(seeder, deployed_folder)

    assert parameter(parameter_name("aws-a", "bundle")) == ("pointer of aws-a", 1)


def test_a_changed_bundle_is_a_new_version_beside_the_old(seeder: Seeder, deployed_folder: Path) -> None:
    content = base64.b64encode(b"new").decode()
    deployment.change(
        deployed_folder,
        "aws:s3/bucketObjectv2:BucketObjectv2",
        f"{BUCKET}/aws-a",
        versionId="second",
        contentBase64=content,
    )
    seed(seeder, deployed_folder)
    backend = s3_backends[ACCOUNT]["aws"]

    versions = {
        v: backend.get_object(BUCKET, "aws-a/bundle.tar.gz", version_id=v) for v in ("version-of-aws-a", "second")
    }

    assert [found.value for found in versions.values() if found] == [deployment.BUNDLES["aws-a"], b"new"]


def test_a_changed_parameter_gets_the_next_version(seeder: Seeder, deployed_folder: Path) -> None:
    name = parameter_name("aws-a", "bundle")
    deployment.change(deployed_folder, "aws:ssm/parameter:Parameter", name, value="new")

    seed(seeder, deployed_folder)

    assert parameter(name) == ("new", 2)


def test_a_parameter_that_was_removed_goes_and_one_that_a_router_wrote_stays(
    seeder: Seeder, deployed_folder: Path
) -> None:
    ssm_backends[ACCOUNT][REGION].put_parameter(
        "/flets-to-vpc/test/lock", "", "aws-a", "String", "", "", False, [], "text", None, None
    )
    store = Store(deployed_folder / "store.db")
    gone = store.get("aws:ssm/parameter:Parameter", parameter_name("aws-a", "bundle"))
    store.remove(gone.id, gone.urn, gone.type)
    deployment.export(store, deployed_folder)

    seed(seeder, deployed_folder)

    assert parameter(parameter_name("aws-a", "bundle")) is None
    assert parameter("/flets-to-vpc/test/lock") == ("aws-a", 1)


def test_content_that_was_edited_under_the_same_version_is_what_routers_get(
    seeder: Seeder, deployed_folder: Path
) -> None:
    content = base64.b64encode(b"edited").decode()
    kind, id_ = "aws:s3/bucketObjectv2:BucketObjectv2", f"{BUCKET}/aws-a"
    deployment.change(deployed_folder, kind, id_, contentBase64=content)

    seed(seeder, deployed_folder)

    found = s3_backends[ACCOUNT]["aws"].get_object(BUCKET, "aws-a/bundle.tar.gz", version_id="version-of-aws-a")
    assert found is not None
    assert found.value == b"edited"

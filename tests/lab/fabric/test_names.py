from __future__ import annotations

import pytest

from lab.fabric import names


@pytest.mark.parametrize("name", ["app", "a-very-long-name-of-a-vpc", "Ünïcode & spaces", ""])
def test_a_device_name_fits_the_kernel(name: str) -> None:
    made = names.device("vpc", name)
    assert len(made) <= 15
    assert made.startswith("vpc-")
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_long_names_that_begin_alike_stay_apart() -> None:
    assert names.device("vpc", "warehouse-east-1") != names.device("vpc", "warehouse-east-2")


def test_two_things_called_alike_are_told_apart_by_their_ids() -> None:
    labels = names.distinct({"vpc-1": "App", "vpc-2": "app", "vpc-3": "other"})
    assert labels["vpc-3"] == "other"
    assert len(set(labels.values())) == 3


def test_a_third_thing_does_not_rename_the_others() -> None:
    before = names.distinct({"vpc-1": "app", "vpc-2": "other"})
    after = names.distinct({"vpc-0": "new", "vpc-1": "app", "vpc-2": "other"})
    assert before.items() <= after.items()


def test_a_hardware_address_is_locally_administered_and_stable() -> None:
    assert names.mac("aws-a", "internet") == names.mac("aws-a", "internet")
    assert int(names.mac("aws-a", "internet")[:2], 16) & 0b11 == 0b10
    assert names.mac("aws-a", "internet") != names.mac("aws-b", "internet")

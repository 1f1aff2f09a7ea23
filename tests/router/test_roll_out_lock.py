from __future__ import annotations

import json

import pytest

from router.boot_object import BootObject
from router.errors import AgentError, AwsError
from router.roll_out_lock import ABANDONED_AFTER_S, RollOutLock
from tests.router.fake_router import FakeAws

NAME = "/flets-to-vpc/lab/roll-out-lock/aws"


def lock_of(router: str) -> RollOutLock:
    return RollOutLock(
        BootObject(router=router, region="ap-northeast-1", bucket="b", parameter_path=f"/flets-to-vpc/lab/{router}")
    )


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def taken(aws: FakeAws) -> FakeAws:
    """aws-a took the lock at 1000 s."""
    lock_of("aws-a").take(aws, now_s=1000.0)
    return aws


def test_siblings_have_one_lock_and_the_other_pair_has_another() -> None:
    assert lock_of("aws-a").name == lock_of("aws-b").name == NAME
    assert lock_of("sakura-a").name == "/flets-to-vpc/lab/roll-out-lock/sakura"


def test_a_lock_that_is_taken_names_its_holder_and_the_time(taken: FakeAws) -> None:
    assert json.loads(taken.parameters[NAME]) == {"router": "aws-a", "taken_at_s": 1000}


def test_the_sibling_waits(taken: FakeAws) -> None:
    with pytest.raises(AwsError, match=f"aws-a has the roll-out lock {NAME}"):
        lock_of("aws-b").take(taken, now_s=1060.0)

    assert json.loads(taken.parameters[NAME])["router"] == "aws-a"


def test_a_router_finds_its_own_lock_again_also_after_a_reboot(taken: FakeAws) -> None:
    lock_of("aws-a").take(taken, now_s=9000.0)

    assert json.loads(taken.parameters[NAME])["router"] == "aws-a"


def test_an_abandoned_lock_is_released_with_an_alarm_and_taken_at_the_next_try(taken: FakeAws, capsys) -> None:
    now_s = 1001.0 + ABANDONED_AFTER_S
    with pytest.raises(AwsError, match="lock of aws-a was just released"):
        lock_of("aws-b").take(taken, now_s)
    lock_of("aws-b").take(taken, now_s)

    assert json.loads(taken.parameters[NAME])["router"] == "aws-b"
    assert "ALARM: aws-a took the roll-out lock 901 s ago" in capsys.readouterr().out


def test_a_lock_is_not_abandoned_before_its_time(taken: FakeAws) -> None:
    with pytest.raises(AwsError, match="has the roll-out lock"):
        lock_of("aws-b").take(taken, 1000.0 + ABANDONED_AFTER_S)


@pytest.mark.parametrize("value", ["", "[]", '{"router": "aws-a"}', '{"router": "aws-a", "taken_at_s": "x"}'])
def test_a_parameter_that_is_no_lock_is_named_and_left_alone(aws: FakeAws, value: str) -> None:
    aws.parameters[NAME] = value

    for verb in (lock_of("aws-b").take, lock_of("aws-b").give_back):
        with pytest.raises(AgentError, match=f"parameter {NAME} is no roll-out lock"):
            verb(aws)

    assert aws.parameters[NAME] == value


def test_only_its_holder_gives_it_back(taken: FakeAws) -> None:
    lock_of("aws-b").give_back(taken)
    assert NAME in taken.parameters

    lock_of("aws-a").give_back(taken)
    assert NAME not in taken.parameters


def test_a_lock_that_nobody_has_is_no_error_to_give_back(aws: FakeAws) -> None:
    lock_of("aws-a").give_back(aws)


def test_with_aws_away_it_is_neither_taken_nor_given_back(taken: FakeAws) -> None:
    taken.away = True

    for verb in (lock_of("aws-a").take, lock_of("aws-a").give_back):
        with pytest.raises(AwsError, match="AWS is not reached"):
            verb(taken)


def test_a_lock_given_back_between_two_questions_is_worth_another_try(taken: FakeAws, monkeypatch) -> None:
    monkeypatch.setattr(taken, "create", lambda *_: False)
    del taken.parameters[NAME]

    with pytest.raises(AwsError, match="nobody has the roll-out lock"):
        lock_of("aws-b").take(taken, 1001.0)

from __future__ import annotations

import pytest

from lab.api.managed_policies import managed_policy
from lab.api.policy import Decision, decide
from lab.errors import LabFault


def test_the_agents_policy_lets_it_reach_systems_manager() -> None:
    document = managed_policy("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")

    assert decide([document], "ec2messages:GetMessages", "*", {}) is Decision.ALLOWED


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:iam::aws:policy/NoSuchPolicy", "arn:aws:iam::aws:policy/service-role/AmazonSSMManagedInstanceCore"],
)
def test_an_unknown_policy_is_named(arn: str) -> None:
    with pytest.raises(LabFault, match=arn):
        managed_policy(arn)

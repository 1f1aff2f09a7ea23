"""What is named when a router gets no answer, among all that was dropped."""

from __future__ import annotations

from typing import Any

import pytest

from lab.fabric.drops import Drop
from lab.proof.broken import Explainer
from lab.proof.reach import Question
from lab.proof.result import Broken


def drop(resource: str, source: str, destination: str) -> Drop:
    return Drop(
        hop="aws-b",
        resource=resource,
        rule="refuses it",
        packets=3,
        source=source,
        destination=destination,
        what="icmp",
    )


def explainer(*drops: Drop) -> Explainer:
    nothing: Any = None
    return Explainer(nothing, nothing, drops, nothing)


def question() -> Question:
    silence = Broken(hop="gre:aws-a", rule="aws-a: no answer", seen="in 2 s")
    ends = (frozenset({"10.253.0.3"}), frozenset({"10.255.0.42", "203.0.113.11"}))
    return Question(router="aws-a", argv=("ping",), ends=ends, unanswered=silence)


@pytest.mark.parametrize(
    ("source", "destination"),
    [("10.253.0.3", "10.255.0.42"), ("10.255.0.42", "10.253.0.3"), ("203.0.113.11", "10.253.0.3")],
)
def test_what_refused_a_question_or_its_answer_is_named(source: str, destination: str) -> None:
    refused = drop("rtb-routers", source, destination)

    (found,) = explainer(refused, drop("sg", "10.0.0.1", "10.253.0.3")).unanswered(question())

    assert (found.hop, found.rule) == ("aws-b", "rtb-routers refuses it")


def test_a_question_that_nothing_refused_is_silent_at_its_own_hop() -> None:
    assert explainer(drop("sg", "10.0.0.1", "10.255.0.42")).unanswered(question()) == (question().unanswered,)

"""A clouds.json edited by hand: an edit counts wherever it was made, and every flaw is told at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.clouds.edited import taken_over
from lab.clouds.store import Resource, Store
from lab.clouds.view import Clouds

PEER = Resource("urn:peer", "aws:t:Peer", "peer-1", {"asn": "1", "note": "n"}, {"asn": "1", "note": "n", "state": "up"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store.db")
    made.put(PEER)
    made.hide("the key", "a key")
    yield made
    made.close()


def edited(tmp_path: Path, *resources: dict[str, Any]) -> Path:
    path = tmp_path / "edited.json"
    path.write_text(json.dumps({"schema": 1, "resources": list(resources)}))
    return path


def entry(inputs: dict[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
    return {**vars(PEER), "inputs": inputs, "outputs": outputs}


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ({"asn": "2", "note": "n"}, {**PEER.outputs}),
        ({**PEER.inputs}, {**PEER.outputs, "asn": "2"}),
        ({"asn": "2", "note": "n"}, {**PEER.outputs, "asn": "2"}),
    ],
)
def test_a_value_counts_wherever_it_was_edited(
    tmp_path: Path, store: Store, inputs: dict[str, Any], outputs: dict[str, Any]
) -> None:
    clouds = Clouds.parse(taken_over(edited(tmp_path, entry(inputs, outputs)), store))

    assert clouds.get("peer-1").outputs["asn"] == "2"
    assert clouds.get("peer-1").outputs["state"] == "up"


def test_a_value_taken_out_of_the_inputs_is_gone(tmp_path: Path, store: Store) -> None:
    clouds = Clouds.parse(taken_over(edited(tmp_path, entry({"asn": "1"}, {**PEER.outputs})), store))

    assert "note" not in clouds.get("peer-1").outputs


def test_every_secret_that_the_store_does_not_know_is_named(tmp_path: Path, store: Store) -> None:
    names = {"asn": "a key", "note": "lost", "other": "gone"}
    stated = {key: {"secret": name} for key, name in names.items()}

    with pytest.raises(ValueError, match=r"'gone'.*\n.*'lost'"):
        taken_over(edited(tmp_path, entry(stated, {})), store)


def test_every_flaw_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    good = entry({}, {})
    path = edited(tmp_path, {**good, "id": 7}, {"urn": ""}, {**good, "inputs": []})

    with pytest.raises(ValueError, match=r"resources\[0\].id(.|\n)*resources\[1\](.|\n)*resources\[2\].inputs"):
        Clouds.load(path)


def test_a_resource_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="peer-1: is there 2 times"):
        Clouds.load(edited(tmp_path, entry({}, {}), entry({}, {})))

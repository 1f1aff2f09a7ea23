"""The store keeps what exists and hides secrets; the view reads what it exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.clouds.store import Resource, Store
from lab.clouds.view import Clouds


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store.db")


def test_a_store_is_readable_by_its_owner_only(store: Store, tmp_path: Path) -> None:
    assert (tmp_path / "store.db").stat().st_mode & 0o777 == 0o600


def test_what_was_put_is_there_after_reopening(store: Store, tmp_path: Path) -> None:
    resource = Resource("urn", "t", "id", {"a": 1}, {"b": [True, None]})
    with store.one_transaction():
        store.put(resource)
        name = store.hide("value", "urn#a")
    store.close()
    again = Store(tmp_path / "store.db")

    assert again.resources() == [resource]
    assert again.secret(name) == "value"


def test_what_was_put_before_an_exception_is_kept(store: Store, tmp_path: Path) -> None:
    def interrupted() -> None:
        with store.one_transaction():
            store.seed("t", "id", {}, {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    store.close()

    assert len(Store(tmp_path / "store.db").resources()) == 1


def test_one_value_has_one_name_and_two_values_never_share_one(store: Store) -> None:
    assert store.hide("x", "a") == store.hide("x", "b") == "a"
    assert store.hide("y", "a") == "a#2"


def test_a_secret_nothing_refers_to_is_forgotten(store: Store) -> None:
    kept, by_state, dropped = (store.hide(value, value) for value in ("kept", "state", "dropped"))
    store.put(Resource("u", "t", "i", {"list": [{"secret": kept}]}, {}))
    store.forget_secrets_except([by_state])

    assert (store.secret(kept), store.secret(by_state)) == ("kept", "state")
    with pytest.raises(KeyError, match=r"dropped"):
        store.secret(dropped)


def test_resources_that_share_an_id_are_told_apart_by_urn(store: Store) -> None:
    for urn in ("a", "b"):
        store.put(Resource(urn, "t", "none", {"of": urn}, {}))
    store.remove("none", "a", "t")

    assert [r.inputs["of"] for r in store.resources()] == ["b"]


def test_the_view_merges_outputs_over_inputs_and_names_what_is_absent(store: Store, tmp_path: Path) -> None:
    store.put(Resource("", "t", "id", {"a": 1, "b": 1}, {"b": 2}))
    store.export(tmp_path / "clouds.json")
    clouds = Clouds.load(tmp_path / "clouds.json")

    assert clouds.get("id").outputs == {"a": 1, "b": 2}
    assert clouds.of("other") == []
    with pytest.raises(KeyError, match=r"'nothing' is in neither cloud"):
        clouds.get("nothing")


@pytest.mark.parametrize("text", ["", "[]", '{"schema": 2}', json.dumps({"schema": 1, "resources": [{"urn": ""}]})])
def test_a_malformed_clouds_json_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "clouds.json").write_text(text)

    with pytest.raises(ValueError, match=r"clouds\.json: "):
        Clouds.load(tmp_path / "clouds.json")

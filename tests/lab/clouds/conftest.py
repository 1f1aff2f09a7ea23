from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.clouds import standing
from tests.lab.clouds.cloud import Clouds


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[Clouds]:
    """Both clouds with nothing in them; written to disk once, at the end."""
    found = Clouds(tmp_path / "store.db")
    with found.store.one_transaction():
        yield found
    found.store.close()


@pytest.fixture
def network(clouds: Clouds) -> Clouds:
    """AWS with a VPC."""
    standing.network(clouds)
    return clouds


@pytest.fixture
def gateway(network: Clouds) -> Clouds:
    """AWS with a VPC on a gateway."""
    standing.gateway(network)
    return network


@pytest.fixture
def identities(clouds: Clouds) -> Clouds:
    """AWS with a key, a bucket and a role."""
    standing.identities(clouds)
    return clouds


@pytest.fixture
def machine(network: Clouds) -> Clouds:
    """AWS with a VPC, and a group of one machine on its interface."""
    standing.machine(network)
    return network

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.api import deployment


@pytest.fixture
def deployed_folder(tmp_path: Path) -> Path:
    """A folder with store.db and clouds.json of the small deployed stack."""
    deployment.deploy(tmp_path)
    return tmp_path

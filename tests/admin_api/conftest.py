"""The running API for every test of this package."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.admin_api.api import Api, running_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """The real application on a fresh copy of two estates."""
    async with running_api(tmp_path) as running:
        yield running

"""A directory, what it publishes, and two estates for every test that wants them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from directory.unit import Directory
from tests.support.directories import (
    AFTER_TEMPLATES,
    Estate,
    Heard,
    Templates,
    make_templates,
    open_directory,
)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Databases that are made once and copied for each test."""
    return asyncio.run(make_templates(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def heard() -> Heard:
    """What the directory published."""
    return Heard()


@pytest.fixture
async def directory(
    tmp_path: Path, heard: Heard, templates: Templates, request: pytest.FixtureRequest
) -> AsyncIterator[Directory]:
    """A directory on an empty database, or on one that holds the estates the test asks for."""
    template = templates.wanted(request.fixturenames)
    path = tmp_path / "doorline.db"
    async with open_directory(path, heard, template=template, drawn=AFTER_TEMPLATES) as opened:
        yield opened


@pytest.fixture
def estate(directory: Directory, templates: Templates) -> Estate:
    """One owner's community and office."""
    return templates.estates[0]


@pytest.fixture
def foreign(directory: Directory, estate: Estate, templates: Templates) -> Estate:
    """Another owner's, made after the first."""
    return templates.estates[1]

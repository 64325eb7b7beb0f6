"""A command line for each test."""

from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture
def doorline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Commands on a fresh database."""
    return CommandLine(tmp_path, capsys)

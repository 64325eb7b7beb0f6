"""The command line as a whole: exit statuses, and one line for every failure."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from doorline.cli.app import run
from tests.support.command_line import CommandLine


def test_a_word_that_is_no_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["nonsense"]) == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_a_missing_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == 2
    assert "Missing option" in capsys.readouterr().err


def test_a_wrong_choice_is_told_in_plain_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["user", "add", "eve", "--role", "wizard"]) == 2
    assert (
        "Invalid value for '--role': 'wizard' is not one of 'root', 'installer', "
        "'property_manager'." in capsys.readouterr().err
    )


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"doorline {version('doorline')}\n"


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    assert "serve" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["check"],
        ["migrate"],
        ["user", "add", "bob", "--role", "root"],
        ["account", "add", "1", "--kind", "app", "--site", "S"],
        ["account", "import", "x.csv", "--site", "S"],
        ["generate", "--apartments", "1", "--csv", "x.csv"],
        ["plan", "--site", "S", "--apartment", "1"],
        ["trace", "last"],
    ],
    ids=" ".join,
)
def test_every_command_tells_a_missing_settings_file_in_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "none.toml"
    status = run([*arguments, "--config", str(missing)])
    printed = capsys.readouterr()

    assert status == 1
    assert (printed.out + printed.err).removeprefix("doorline: ") == (
        f"{missing}: no such file; name the settings file with --config FILE\n"
    )


def test_a_database_that_is_locked_is_told_in_one_line(
    doorline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    doorline("account", "add", "1", "--kind", "app", "--site", "Lab")
    monkeypatch.setattr("directory.database.BUSY_TIMEOUT", 0.0)
    path = doorline.folder / "var" / "doorline.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        done = doorline("account", "add", "2", "--kind", "app", "--site", "Lab")

    assert (done.status, done.out) == (1, "")
    assert done.err == "doorline: the database refuses: database is locked\n"


def test_the_module_is_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "doorline", "--help"], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage: doorline" in done.stdout

"""Reads the settings file and the environment into the tree."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doorline.settings.environment import overrides, variable_of
from doorline.settings.files import unusable_files
from doorline.settings.places import Key, line_of, places
from doorline.settings.problem import Problem, SettingsError
from doorline.settings.reader import read
from doorline.settings.rules import broken_rules
from doorline.settings.tree import Settings

_AFTER_THE_FILE = 1 << 30


@dataclass(slots=True)
class _Origins:
    """Where each key came from, and what was wrong there."""

    file: str
    lines: Mapping[Key, int]
    variables: dict[Key, str] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def report(self, key: Key, message: str) -> None:
        """Keep a problem with the place of its key: its line, or the variable it came from."""
        in_file = max((n for n in range(len(key) + 1) if key[:n] in self.lines), default=0)
        variable = self._variable(key, in_file)
        if variable is not None:
            self.problems.append((_AFTER_THE_FILE, Problem("environment", variable, message)))
            return
        line = line_of(self.lines, key)
        self.problems.append((line, Problem(f"{self.file}:{line}", ".".join(key), message)))

    def _variable(self, key: Key, in_file: int) -> str | None:
        """The variable that set a key, or set more of the way to it than the file did."""
        for set_key, variable in self.variables.items():
            if key[: len(set_key)] == set_key:
                return variable
            if in_file < len(key) and set_key[: len(key)] == key:
                return variable
            if in_file < len(key) - 1 and set_key[: len(key) - 1] == key[:-1]:
                return variable_of(key)
        return None

    def error(self) -> SettingsError:
        """Every problem: those of the file from top to bottom, then those of the environment."""
        in_place = sorted(self.problems, key=lambda numbered: numbered[0])
        in_file = [numbered for numbered in in_place if numbered[0] < _AFTER_THE_FILE]
        outside = sorted(in_place[len(in_file) :], key=lambda numbered: numbered[1].key)
        ordered = in_file + outside
        return SettingsError(tuple(problem for _, problem in ordered))


def load(
    path: Path, environ: Mapping[str, str] | None = None, *, with_files: bool = False
) -> Settings:
    """Read the file, let the environment override it, and check everything.

    `with_files`: look into the files that are named too, such as certificates, which only the
    server needs to be able to read. Raises SettingsError with every problem found.
    """
    text = _text_of(path)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, text, error) from error
    origins = _Origins(str(path), places(text))
    for variable, key, value in overrides(os.environ if environ is None else environ):
        _put(tree, key, value)
        origins.variables[key] = variable
    settings = read(Settings, tree, (), origins.report)
    if settings is not None:
        for key, message in broken_rules(settings):
            origins.report(key, message)
        if with_files and not origins.problems:
            for key, message in unusable_files(settings):
                origins.report(key, message)
    if settings is None or origins.problems:
        raise origins.error()
    return settings


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        message = "no such file; name the settings file with --config FILE"
        raise SettingsError((Problem(str(path), "", message),)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise SettingsError((Problem(str(path), "", f"cannot be read: {reason}"),)) from error
    except UnicodeDecodeError as error:
        raise SettingsError((Problem(str(path), "", "is not UTF-8 text"),)) from error


def _unreadable(path: Path, text: str, error: tomllib.TOMLDecodeError) -> SettingsError:
    """tomllib's own words, with its `(at line 3, column 5)` turned into a place."""
    message, _, position = str(error).partition(" (at ")
    digits = position.removeprefix("line ").partition(",")[0]
    line = int(digits) if digits.isdigit() else max(1, len(text.splitlines()))
    return SettingsError((Problem(f"{path}:{line}", "", f"not TOML: {message}"),))


def _put(tree: dict[str, object], key: Key, value: object) -> None:
    """Set one value, making the tables around it."""
    table = tree
    for part in key[:-1]:
        inner = table.get(part)
        if not isinstance(inner, dict):
            inner = {}
            table[part] = inner
        table = inner
    table[key[-1]] = value

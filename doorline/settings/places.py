"""Where each key of a TOML text stands, which tomllib does not tell."""

import re
from collections.abc import Mapping

Key = tuple[str, ...]

_PART = r"""\s*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')\s*"""
_DOTTED = rf"{_PART}(?:\.{_PART})*"
_TABLE = re.compile(rf"\s*\[\[?({_DOTTED})\]\]?")
_ASSIGNMENT = re.compile(rf"({_DOTTED})=")
_SPLIT = re.compile(r"""[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'""")
_OPENING = re.compile(r'"""|' + "'''" + r"""|["'#\[\]{}]""")


def places(text: str) -> dict[Key, int]:
    """Line number of every table and key of a text that tomllib accepts.

    Keys inside an inline table are not listed; they stand where the table's own key does.
    """
    found: dict[Key, int] = {}
    table: Key = ()
    lines = text.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        header = _TABLE.match(line)
        assignment = _ASSIGNMENT.match(line)
        if header is not None:
            table = _key(header.group(1))
            found.setdefault(table, number + 1)
        elif assignment is not None:
            key = table + _key(assignment.group(1))
            for length in range(len(table) + 1, len(key) + 1):
                found.setdefault(key[:length], number + 1)
            number = _end_of_value(lines, number, assignment.end())
        number += 1
    return found


def line_of(found: Mapping[Key, int], key: Key) -> int:
    """The line of a key, or of the nearest table around it; 1 when there is none."""
    for length in range(len(key), 0, -1):
        if key[:length] in found:
            return found[key[:length]]
    return 1


def _key(dotted: str) -> Key:
    return tuple(part.strip("\"'") for part in _SPLIT.findall(dotted))


def _end_of_value(lines: list[str], number: int, start: int) -> int:
    """Index of the line on which a value ends: arrays and triple-quoted texts take several."""
    depth = 0
    position = start
    while True:
        line = lines[number]
        match = _OPENING.search(line, position)
        if match is None or match.group() == "#":
            if depth <= 0 or number + 1 == len(lines):
                return number
            number, position = number + 1, 0
            continue
        sign = match.group()
        position = match.end()
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        else:
            number, position = _end_of_string(lines, number, position, sign)


def _end_of_string(lines: list[str], number: int, position: int, quote: str) -> tuple[int, int]:
    """Line index and column just behind the closing quote."""
    escapes = quote[0] == '"'
    while True:
        line = lines[number]
        while position < len(line):
            if escapes and line[position] == "\\":
                position += 2
            elif line.startswith(quote, position):
                return number, position + len(quote)
            else:
                position += 1
        if len(quote) == 1 or number + 1 == len(lines):
            return number, len(line)
        number, position = number + 1, 0

"""Turns what TOML or the environment says into the tree, and collects what does not fit."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from directory.secrets import Secret
from doorline.settings.address import Address
from doorline.settings.checks import Shape, Within

Key = tuple[str, ...]
Report = Callable[[Key, str], None]
"""Takes a key and what is wrong with it."""

T = TypeVar("T")

_URL_PASSWORD = re.compile(r"(://[^/@\s]*?:)\S*@")
_ADDRESSES = 'a list of addresses such as "127.0.0.1:5060", "[::1]:5060" or "*:0"'


class UnfitError(Exception):
    """A value that does not have the expected type or range; the text says what was expected."""


def read(kind: type[T], table: Mapping[str, object], key: Key, report: Report) -> T | None:
    """Build one dataclass of the tree; None when something in it was reported."""
    hints = get_type_hints(kind, include_extras=True)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    good = True
    for name in table:
        if name not in known:
            report((*key, name), f"unknown key; known here: {', '.join(known)}")
            good = False
    values: dict[str, object] = {}
    for name, field in known.items():
        if name not in table:
            if not _has_default(field):
                report((*key, name), f"missing; expected {expectation(hints[name])}")
                good = False
            continue
        value = _field(hints[name], table[name], (*key, name), report)
        if value is None:
            good = False
        values[name] = value
    return kind(**values) if good else None


def expectation(hint: Any) -> str:
    """What a field expects, in words."""
    checks: tuple[Within | Shape, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        checks = tuple(extra for extra in extras if isinstance(extra, Within | Shape))
    words = _WORDS.get(hint, "a table")
    if get_origin(hint) is Literal:
        words = "one of " + ", ".join(f'"{choice}"' for choice in get_args(hint))
    for check in checks:
        words = check.expected if isinstance(check, Shape) else f"{words}, {check.expected}"
    return words


def _has_default(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING


def _field(hint: Any, value: object, key: Key, report: Report) -> object:
    """One value of the tree, or None after a report."""
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if is_dataclass(plain) and isinstance(plain, type):
        if isinstance(value, Mapping):
            return read(plain, value, key, report)
        report(key, f"got {shown(value)}, expected a table")
        return None
    if get_origin(plain) is Mapping:
        return _named(get_args(plain)[1], value, key, report)
    try:
        return _converted(hint, plain, value)
    except UnfitError:
        got = "a value" if plain is Secret else shown(value)
        report(key, f"got {got}, expected {expectation(hint)}")
        return None


def _named(kind: type[Any], value: object, key: Key, report: Report) -> object:
    """A table of tables, each with a name of the operator's choice."""
    if not isinstance(value, Mapping):
        report(key, f"got {shown(value)}, expected a table for each name")
        return None
    read_tables: dict[str, object] = {}
    good = True
    for name, table in value.items():
        if not isinstance(table, Mapping):
            report((*key, name), f"got {shown(table)}, expected a table")
            good = False
            continue
        one = read(kind, table, (*key, name), report)
        good = good and one is not None
        read_tables[name] = one
    return MappingProxyType(read_tables) if good else None


def _converted(hint: Any, plain: Any, value: object) -> object:
    """A single value in its type and within its conditions; raises UnfitError."""
    converted = _choice(plain, value) if get_origin(plain) is Literal else _CONVERT[plain](value)
    if get_origin(hint) is Annotated:
        for check in get_args(hint)[1:]:
            if not check.holds(converted):
                raise UnfitError
    return converted


def _choice(plain: Any, value: object) -> object:
    if value not in get_args(plain):
        raise UnfitError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise UnfitError
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise UnfitError
    return value


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnfitError
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnfitError
    return float(value)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UnfitError
    return tuple(value)


def _addresses(value: object) -> tuple[Address, ...]:
    try:
        return tuple(Address.parse(text) for text in _texts(value))
    except ValueError as error:
        raise UnfitError from error


_CONVERT: Mapping[Any, Callable[[object], object]] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    Path: lambda value: Path(_text(value)),
    Secret: lambda value: Secret(_text(value)),
    tuple[str, ...]: _texts,
    tuple[Address, ...]: _addresses,
}

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Path: "a path",
    Secret: "text",
    tuple[str, ...]: "a list of texts",
    tuple[Address, ...]: _ADDRESSES,
}


def shown(value: object) -> str:
    """A value as a message repeats it: short, in TOML's own words, without passwords of URLs."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = _URL_PASSWORD.sub(r"\1***@", value)
        # As JSON, which TOML's basic strings agree with: a line break stays inside the message.
        return json.dumps(text if len(text) <= 60 else f"{text[:57]}…", ensure_ascii=False)
    if isinstance(value, list):
        items = [shown(item) for item in value[:5]] + ["…"] * (len(value) > 5)
        return f"[{', '.join(items)}]"
    if isinstance(value, Mapping):
        return "a table"
    return str(value)

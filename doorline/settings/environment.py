"""Settings from the environment: `DOORLINE_SIP__LISTEN__UDP=127.0.0.1:0,[::1]:0`."""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from doorline.settings.address import Address
from doorline.settings.places import Key
from doorline.settings.tree import Settings

PREFIX = "DOORLINE_"
SEPARATOR = "__"


def overrides(environ: Mapping[str, str]) -> Iterator[tuple[str, Key, object]]:
    """Variable, key and value of every setting in the environment, in alphabetical order.

    A variable without a double underscore is none of ours. The value of a key that does not exist
    stays a text, and the reader reports the key.
    """
    for variable in sorted(environ):
        if variable.startswith(PREFIX) and SEPARATOR in variable:
            key = tuple(variable.removeprefix(PREFIX).lower().split(SEPARATOR))
            yield variable, key, _converted(_kind(key), environ[variable])


def misspelled(environ: Mapping[str, str]) -> Iterator[str]:
    """A line for each variable that would be a setting if it had two underscores."""
    meant = {variable_of(key).replace(SEPARATOR, "_"): variable_of(key) for key in _keys(Settings)}
    for variable in sorted(environ):
        if SEPARATOR not in variable and variable in meant:
            yield f"{variable} has no effect; write {meant[variable]}"


def variable_of(key: Key) -> str:
    """The variable that sets a key."""
    return PREFIX + SEPARATOR.join(key).upper()


def _keys(kind: Any, above: Key = ()) -> Iterator[Key]:
    """Every key that has one name for all; those of trunks have not."""
    for name, hint in get_type_hints(kind).items():
        if is_dataclass(hint):
            yield from _keys(hint, (*above, name))
        else:
            yield (*above, name)


def _kind(key: Key) -> Any:
    """The type of the field a key names; `str` when there is no such field."""
    kind: Any = Settings
    for part in key:
        if get_origin(kind) is Mapping:
            kind = get_args(kind)[1]
        elif is_dataclass(kind):
            hint = get_type_hints(kind, include_extras=True).get(part, str)
            kind = get_args(hint)[0] if get_origin(hint) is Annotated else hint
        else:
            return str
    return kind


def _converted(kind: Any, text: str) -> object:
    """A text as TOML would have given it; a number that is none stays a text."""
    if kind in (tuple[str, ...], tuple[Address, ...]):
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return int(text)
        except ValueError:
            pass
    if kind is float:
        try:
            return float(text)
        except ValueError:
            pass
    return text

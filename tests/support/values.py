"""Values like another one but for some of what they hold."""

from typing import Any, TypeVar

from sipcore.kernel.value import Value

V = TypeVar("V", bound=Value)


def changed(value: V, **changes: Any) -> V:
    """The same with these changes; what a value works out by itself is worked out again."""
    held = {name: getattr(value, name) for name in value.__slots__ if name[0] != "_"}
    return type(value)(**{**held, **changes})

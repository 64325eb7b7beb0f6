"""Values like another one but for some of what they hold."""

from typing import Any, TypeVar

from sipcore.kernel.value import Value

V = TypeVar("V", bound=Value)


def changed(value: V, **changes: Any) -> V:
    """The same with these changes."""
    held = {name: getattr(value, name) for name in value.__slots__}
    return type(value)(**{**held, **changes})

"""Value: what is told, asked or kept in one piece, compared by what it holds.

Values are made for every message. A class with an `__init__` of its own costs a tenth of a named
tuple or a dataclass where it is compiled, and no more than they do where it is not. Two values of
different kinds never compare equal, whatever they hold; nobody changes one that was handed on.
"""

from typing import Any, ClassVar


class Value:
    """Equal to another one of its kind that holds the same.

    Each kind names what it holds in `__slots__`, which has to say that it belongs to the class:
    the compiled engine would not keep it otherwise.
    """

    __slots__: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, Value) or type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __repr__(self) -> str:
        held = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({held})"

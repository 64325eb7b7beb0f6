"""A column that names a call type: one of the seven, or a chain of the site."""

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

from directory.kinds import CallType

_BUILT_IN = {str(one): one for one in CallType}


class ChainName(TypeDecorator[str]):
    """Text; a built-in type is read as the word of its enum.

    `open_as` is what stands in the column where nothing is chosen: `""` where the column takes no
    NULL, which is how the apartments of former versions are kept as they are.
    """

    impl = String(32)
    cache_ok = True

    def __init__(self, open_as: str | None = None) -> None:
        super().__init__()
        self.open_as = open_as

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is stored."""
        return self.open_as if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """What rows carry."""
        if value is None or value == self.open_as:
            return None
        return _BUILT_IN.get(value, value)

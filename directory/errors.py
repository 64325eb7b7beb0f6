"""Errors of the directory; each says what a caller may be told.

DirectoryError
├── NotFound     no such row, or one in a site outside the scope: the two look the same
├── Conflict     the change contradicts what is stored
├── Invalid      values break a rule; one entry per field
├── Forbidden    the role lacks a right
├── DatabaseUnavailable  the database cannot be opened
├── KeyFileError the key file cannot be used
└── SealError    a stored secret cannot be opened
"""

from collections.abc import Iterable
from dataclasses import dataclass


class DirectoryError(Exception):
    """Anything the directory refuses."""


class NotFound(DirectoryError):  # noqa: N818 - the name is the answer
    """Nothing with that key is visible in this scope."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"no {kind} {key}")
        self.kind = kind
        self.key = key


class Conflict(DirectoryError):  # noqa: N818 - the name is the answer
    """The change contradicts stored rows; `field` names the field that clashes."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field and what was expected; never repeats the value given."""

    field: str
    message: str


class Invalid(DirectoryError):  # noqa: N818 - the name is the answer
    """One or more fields break a rule."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in self.errors))

    @classmethod
    def one(cls, field: str, message: str) -> "Invalid":
        """An error about a single field."""
        return cls((FieldError(field, message),))


class Forbidden(DirectoryError):  # noqa: N818 - the name is the answer
    """The actor's role lacks the right named."""

    def __init__(self, right: str) -> None:
        super().__init__(f"this role may not {right.replace('_', ' ')}")
        self.right = right


class DatabaseUnavailable(DirectoryError):  # noqa: N818 - the name is the answer
    """The database cannot be opened; the text is one line that says where and why."""


class KeyFileError(DirectoryError):
    """The key file is damaged, unreadable or open to others; the text says how to mend it."""


class SealError(DirectoryError):
    """A sealed value does not open: wrong key, wrong context or damaged bytes."""

"""Failures: what the legs that came to nothing have said, and what that makes of their call."""

from sipcore.b2bua.best_response import best_failure, outcome_of


class Failures:
    """Of the legs of one call, since it began or was passed on.

    One rule for the whole record: a call is **refused** when nobody answered and somebody declined,
    as `verdict` knows. Then nobody has missed it either (`sipcore.storage.missed`).
    """

    __slots__ = ("_explained", "_has_declined", "_statuses")

    def __init__(self) -> None:
        self._statuses: tuple[int, ...] = ()
        self._has_declined = False
        self._explained: dict[int, tuple[bytes, ...]] | None = None
        """Header lines that came with the first failure of each status that would be told."""

    def note(self, status: int, count: int = 1) -> None:
        """So many legs failed with this status; 408 for each one that was rung in vain."""
        self._statuses += (status,) * count

    def declined(self) -> None:
        """It was a person who declined."""
        self._has_declined = True

    def explain(self, told: int, lines: tuple[bytes, ...]) -> None:
        """These header lines came with a failure that the caller would be told as `told`."""
        if self._explained is None:
            self._explained = {}
        self._explained.setdefault(told, lines)

    def explanation(self, status: int) -> tuple[bytes, ...]:
        """Header lines that came with the first failure that is told as this status."""
        return () if self._explained is None else self._explained.get(status, ())

    def best(self) -> int:
        """The status that says most to the caller."""
        return best_failure(self._statuses)

    def outcome(self, status: int, *, is_spent: bool) -> str:
        """What the record calls a call that nobody answered and whose caller was told this status.

        `is_spent`: it has rung as long as it may.
        """
        if self._has_declined:
            return "refused"
        return "missed" if is_spent else outcome_of(status)

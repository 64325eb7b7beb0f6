"""OverheardJournal: the record of calls, with somebody else who listens."""

from collections.abc import Callable

from sipcore.b2bua.facts import CallFact
from sipcore.b2bua.ports import CallJournal


class OverheardJournal:
    """A CallJournal that passes every fact on and tells a listener of it."""

    def __init__(self, journal: CallJournal, listener: Callable[[CallFact], None]) -> None:
        self._journal = journal
        self._listener = listener

    def record(self, fact: CallFact) -> None:
        """Keep one fact; the listener hears of it even when it cannot be kept."""
        try:
            self._journal.record(fact)
        finally:
            self._listener(fact)

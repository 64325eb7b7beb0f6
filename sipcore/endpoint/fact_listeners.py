"""FactListeners: everybody who is told what happens to calls."""

from collections.abc import Callable

from sipcore.b2bua.facts import CallFact


class FactListeners:
    """A CallJournal that tells each listener of every fact, in order."""

    def __init__(self, *listeners: Callable[[CallFact], None]) -> None:
        self._listeners = listeners

    def record(self, fact: CallFact) -> None:
        """Tell all of them; the first error is raised when everybody has heard."""
        failure: Exception | None = None
        for listener in self._listeners:
            try:
                listener(fact)
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure

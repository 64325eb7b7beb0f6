"""FactListeners: everybody who is told what happens to calls."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, final

from sipcore.b2bua.facts import CallFact

Listener = Callable[[CallFact], None]
ByKind = Mapping[type[CallFact], Callable[[Any], None]]
"""Who hears of facts of one kind."""


@final
class FactListeners:
    """A CallJournal that tells each listener of every fact, in order.

    Those of `by_kind` come last and hear of facts of their kind alone.
    """

    def __init__(self, *listeners: Listener, by_kind: Iterable[ByKind] = ()) -> None:
        self._listeners = listeners
        self._by_kind: dict[type[CallFact], tuple[Listener, ...]] = {}
        for some in by_kind:
            for kind, listener in some.items():
                self._by_kind[kind] = (*self._by_kind.get(kind, ()), listener)

    def join(self, listener: Listener) -> None:
        """Tell one more of every fact from now on."""
        self._listeners += (listener,)

    def leave(self, listener: Listener) -> None:
        """Tell that one no more."""
        self._listeners = tuple([other for other in self._listeners if other != listener])

    def record(self, fact: CallFact) -> None:
        """Tell all of them; the first error is raised when everybody has heard."""
        failure: Exception | None = None
        for listener in self._listeners:
            try:
                listener(fact)
            except Exception as error:
                failure = failure or error
        for listener in self._by_kind.get(type(fact), ()):
            try:
                listener(fact)
            except Exception as error:
                failure = failure or error
        if failure is not None:
            raise failure

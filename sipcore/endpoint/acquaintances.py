"""Acquaintances: sources that somebody is registered from, or that take part in a call."""

from sipcore.defence.network import SourceNames
from sipcore.endpoint.switchboard import Switchboard
from sipcore.registrar.location import Location


class Acquaintances:
    """Answers the sentinel.

    Everything is looked through, because it is asked a few times a second at most, while every
    registration would have to pay for an index.
    """

    def __init__(self, location: Location, switchboard: Switchboard) -> None:
        self._location = location
        self._board = switchboard
        self._names = SourceNames()

    def include(self, source: str) -> bool:
        """Whether a binding or a call has that source, by its name."""
        of = self._names.of
        return (
            any(of(host) == source for host in self._board.callers)
            or any(of(talk.leg.flow.host) == source for talk in self._board.dialogs.values())
            or any(of(binding.flow.host) == source for binding in self._location)
        )

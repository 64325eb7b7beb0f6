"""Acquaintances: sources that somebody is registered from, or that take part in a call.

Registrations for one call alone count as well.
"""

from collections.abc import Iterator
from itertools import chain

from sipcore.b2bua.ports import NO_VISIT_CONTACTS, VisitContacts
from sipcore.endpoint.switchboard import Switchboard
from sipcore.kernel.source import source_of
from sipcore.registrar.location import Location


class Acquaintances:
    """Answers the sentinel.

    Everything is looked through, because it is asked a few times a second at most, while every
    registration would have to pay for an index.
    """

    def __init__(
        self,
        location: Location,
        switchboard: Switchboard,
        visits: VisitContacts = NO_VISIT_CONTACTS,
    ) -> None:
        """`visits` are registrations for one call alone, which the location does not know."""
        self._location = location
        self._visits = visits
        self._board = switchboard

    def include(self, source: str) -> bool:
        """Whether a binding or a call has that source, by its name."""
        return source in self._board.callers or any(self._hosts(source))

    def _hosts(self, source: str) -> Iterator[bool]:
        """Of each host that may belong to the source, whether it does."""
        # What every address of a /64 begins with, however its zeros are written.
        beginning = source.partition("/")[0].partition("::")[0].partition(":0")[0]
        known = chain(
            (talk.leg.flow.host for talk in self._board.dialogs.values()),
            self._visits.every_host(),
            self._location.hosts_like(beginning),
        )
        return (source_of(host) == source for host in known)

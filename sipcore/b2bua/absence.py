"""Absences: parties whose stream broke in the middle of a call, and how long they may stay away.

Sound and pictures do not pass over the stream, so a call goes on while a phone changes its network
or a browser its connection. Requests for a party go to its contact meanwhile: over the connection
over which that is registered anew (RFC 5626 §5.3), or one of ours (RFC 3261 §12.2.1.1). Whoever has
not come back in time is looked for where its account is registered now, then asked at that contact,
and is lost if it is nowhere.
"""

from collections.abc import Iterable
from math import inf
from typing import Final

from sipcore.b2bua import requests
from sipcore.b2bua.actions import JoinDialog
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.leg import Leg, Purpose
from sipcore.b2bua.plan import Target
from sipcore.dialog.dialog import Dialog
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.uri import Uri

RECONNECT_TIME: Final = 32.0
"""Seconds in which a party should have come back."""


class Absences:
    """Legs of one call that wait for their party."""

    __slots__ = ("_away", "deadline")

    def __init__(self) -> None:
        self._away: dict[Leg, tuple[float, Flow, int]] = {}
        """When the time of a leg is over, where it is reached until it comes back, and the number
        of the connection that broke."""
        self.deadline = inf

    def __contains__(self, leg: Leg) -> bool:
        """Whether the leg's party is away."""
        away = self._away.get(leg)
        return away is not None and leg.flow == away[1]

    def note(self, legs: Iterable[Leg], connection: int, now: float) -> None:
        """The connection broke; parties that spoke over it are away from now on."""
        for leg in legs:
            if leg.flow.connection == connection:
                leg.turn_to_contact()
                self._away[leg] = (now + RECONNECT_TIME, leg.flow, connection)
        self._reckon()

    def look(self, frame: CallFrame, *, is_sure: bool = True) -> None:
        """Something may have to be sent: parties whose contact is registered anew are back.

        Without `is_sure` it does no harm where another phone of the account gets it.
        """
        for leg, (_, _, gone) in self._away.items():
            if leg in self and leg.dialog is not None:
                _find(leg, leg.dialog, gone, frame, is_sure=is_sure)

    def on_deadline(self, now: float, frame: CallFrame) -> None:
        """Ask the parties whose time is over and who are registered nowhere, for this call neither,
        whether they are still there. Where no way leads to one, that comes to nothing at once."""
        for leg, (ends_at, _, gone) in tuple(self._away.items()):
            if ends_at > now:
                continue
            if leg in self and leg.dialog is not None and not _find(leg, leg.dialog, gone, frame):
                requests.send_in_dialog(frame, leg, leg.dialog, Purpose.PROBE, b"OPTIONS")
            del self._away[leg]
        self._reckon()

    def _reckon(self) -> None:
        self.deadline = inf
        for ends_at, _, _ in self._away.values():
            self.deadline = min(self.deadline, ends_at)


def _find(leg: Leg, dialog: Dialog, gone: int, frame: CallFrame, *, is_sure: bool = False) -> bool:
    """Reach the party over the flow of its present registration, if that is not the one `gone`.

    That of the very phone, told by its contact; unless `is_sure`, another one when it is the only.
    """
    if not leg.party.is_account:
        return False  # a telephone registers nowhere
    known = frame.routes(Target(leg.party), of_visit=bool(leg.account))
    routes = [route for route in known if route.flow.connection != gone]
    own = [route for route in routes if _are_same(route.request_uri, dialog.remote_target)]
    found = own or (routes if len(routes) == 1 and not is_sure else [])
    if not found:
        return False
    leg.flow = dialog.flow = found[0].flow
    frame.put(JoinDialog(dialog.key, leg))  # when that stream closes the call is to be told
    return True


def _are_same(registered: bytes, contact: bytes) -> bool:
    """Whether two contacts are one: that of a dialog may say `ob` (RFC 5626 §4.3)."""
    if registered == contact:
        return True
    try:
        return Uri.parse(registered).equivalent(Uri.parse(contact))
    except BadMessage:
        return False

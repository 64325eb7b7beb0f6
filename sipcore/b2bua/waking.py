"""Waker: what the B2BUA asks of whoever sends pushes (RFC 8599, G03).

A stage that may ring sleeping apps asks for each to be woken and rings on; the app registers, and
is rung where it registered from. Nothing here waits: what becomes of a push is told to the call by
the endpoint, later.
"""

from typing import Final, Protocol

from sipcore.b2bua.plan import Party

NOT_REGISTERED_IN_TIME: Final = "not_registered_in_time"
"""Why nobody waits for an app any more whose push went out: it may still show a call."""


class Waker(Protocol):
    """Sends pushes."""

    def can_wake(self, user: str) -> bool:
        """Whether a push can reach the account at all; must not wait."""

    def wake(self, call_id: str, party: Party, caller: Party, seconds: float) -> None:
        """Have the party's app woken for this call, which rings it for so many seconds at most.

        Failure is reported to the endpoint (`wake_failed`), never raised.
        """

    def call_off(self, call_id: str, user: str, reason: str) -> None:
        """The call does not ring this app any more: a push says so where one was sent before.

        `reason` is a word of `ReleaseReason`, such as `answered_elsewhere` or `caller_hung_up`.
        """

    def answered(self, call_id: str, user: str, contact: bytes, account: str = "") -> None:
        """The app has answered at that contact: its other phones that were woken are called off.

        `account` is that of this visit alone with which the phone registered, if it did.
        """


class NoWaker:
    """Nobody can be woken."""

    def can_wake(self, user: str) -> bool:
        """Never."""
        return False

    def wake(self, call_id: str, party: Party, caller: Party, seconds: float) -> None:
        """Nothing."""

    def call_off(self, call_id: str, user: str, reason: str) -> None:
        """Nothing."""

    def answered(self, call_id: str, user: str, contact: bytes, account: str = "") -> None:
        """Nothing."""


NOBODY_WAKES: Final = NoWaker()

"""Who gets a message outside calls: the Recipients port over the dial directory.

Numbers mean whom they mean in calls (`CALL_TYPES`), and the same rules say who may reach whom; but
a message goes to all monitors and apps of a household at once, whatever its call type says, never
to a telephone, and never to a door: some doors open at a word in a message.
"""

from collections.abc import Callable

from directory.account_status import has_expired
from directory.queries.dial import DialDirectory
from sipcore.b2bua.plan import Refusal
from sipcore.calls.inquiry import Dialling, party_of, stranger
from sipcore.calls.planner import (
    CALLER_DISABLED,
    CALLER_EXPIRED,
    MAX_DIALLED,
    UNKNOWN_CALLER,
    meant,
)
from sipcore.paging.recipients import Envelope

NO_MESSAGE_TO_DOOR = "no_message_to_door"


class Correspondence:
    """Answers from memory; total, never raises."""

    __slots__ = ("_directory", "_utc")

    def __init__(self, directory: DialDirectory, utc: Callable[[], float] | None = None) -> None:
        self._directory = directory
        self._utc = utc
        """Seconds since the epoch; without it nothing expires."""

    def envelope(self, sender: str, dialled: str) -> Envelope | Refusal:
        """Whom the number means; 404 alike for what does not exist and what is foreign."""
        number = dialled.strip()[:MAX_DIALLED]
        account = self._directory.account(sender)
        site = self._directory.site_of(sender)
        if account is None or site is None:
            return Refusal(403, UNKNOWN_CALLER, stranger(sender), number)
        at = 0.0 if self._utc is None else self._utc()
        dialling = Dialling(account, site, number, at)
        if not account.enabled:
            return dialling.refuse(403, CALLER_DISABLED)
        if has_expired(account.expires_at, at):
            return dialling.refuse(403, CALLER_EXPIRED)
        found = meant(dialling)
        if isinstance(found, Refusal):
            return found
        if any(one.kind == "door" for one in found.accounts):
            return dialling.refuse(403, NO_MESSAGE_TO_DOOR)
        others = (
            one
            for one in found.accounts
            if one.enabled and one.user != sender and not has_expired(one.expires_at, at)
        )
        parties = {one.user: party_of(one) for one in others}
        return Envelope(party_of(account), tuple(parties.values()))

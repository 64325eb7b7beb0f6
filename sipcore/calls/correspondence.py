"""Who gets a message outside calls: the Recipients port over the dial directory.

The numbers are those of calls (`CALL_TYPES`), and so are the rules of who may reach whom; but a
message goes to all monitors and apps of a household at once, whatever its call type says, never to
a telephone, and never to a door: some doors open at a word (device facts §5.4).
"""

from dataclasses import replace

from directory.queries.dial import DialAccount, DialDirectory, DialOwner
from sipcore.b2bua.plan import Party, Refusal
from sipcore.calls.apartment import AMBIGUOUS, at_gate, by_number
from sipcore.calls.guard import NUMBERS
from sipcore.calls.inquiry import Inquiry, Reach, party_of
from sipcore.calls.owner import refuse_owner
from sipcore.calls.owner_group import PREFIX
from sipcore.calls.planner import CALLER_DISABLED, MAX_DIALLED, UNKNOWN_CALLER, UNKNOWN_NUMBER
from sipcore.calls.rules import may_call_account
from sipcore.paging.recipients import Envelope

NO_MESSAGE_TO_DOOR = "no_message_to_door"

Found = tuple[DialAccount, ...] | Refusal


class Correspondence:
    """Answers from memory; total, never raises."""

    __slots__ = ("_directory",)

    def __init__(self, directory: DialDirectory) -> None:
        self._directory = directory

    def envelope(self, sender: str, dialled: str) -> Envelope | Refusal:
        """Whom the number means; 404 alike for what does not exist and what is foreign."""
        number = dialled.strip()[:MAX_DIALLED]
        account = self._directory.account(sender)
        site = self._directory.site_of(sender)
        if account is None or site is None:
            return Refusal(403, UNKNOWN_CALLER, Party("unknown", sender), number)
        inquiry = Inquiry(account, site, number, Reach(lambda _user: True, lambda _site: None))
        if not account.enabled:
            return inquiry.refuse(403, CALLER_DISABLED)
        found = _found(inquiry) if number else None
        if found is None:
            return inquiry.refuse(404, UNKNOWN_NUMBER)
        if isinstance(found, Refusal):
            return found
        parties = {one.user: party_of(one) for one in found if one.enabled and one.user != sender}
        return Envelope(party_of(account), tuple(parties.values()))


def _found(inquiry: Inquiry) -> Found | None:
    """The accounts a number means; None when it means nobody. In the order of `CALL_TYPES`."""
    site, number = inquiry.site, inquiry.dialled
    if number.casefold() in NUMBERS or (site.emergency_number and number == site.emergency_number):
        return site.guards
    is_group = number.startswith(PREFIX)
    plain = replace(inquiry, dialled=number.removeprefix(PREFIX)) if is_group else inquiry
    gate = at_gate(plain)
    owners = (gate,) if gate is not None else by_number(plain)
    if len(owners) > 1:
        return inquiry.refuse(484, AMBIGUOUS)
    if not owners and not is_group:
        account = site.accounts.get(number)
        if account is not None:
            return _direct(inquiry, account)
    person = site.people.get(plain.dialled)
    owner = owners[0] if owners else person
    return None if owner is None else _household(inquiry, owner)


def _direct(inquiry: Inquiry, account: DialAccount) -> Found:
    if account.kind == "door":
        return inquiry.refuse(403, NO_MESSAGE_TO_DOOR)
    reason = may_call_account(inquiry, account)
    if reason is not None:
        return inquiry.refuse(403, reason)
    owner = inquiry.site.owner_of(account)
    is_off = account.kind == "app" and owner is not None and not owner.app_enabled
    return () if is_off else (account,)


def _household(inquiry: Inquiry, owner: DialOwner) -> Found:
    refusal = refuse_owner(inquiry, owner)
    if refusal is not None:
        return refusal
    return (*owner.indoor, *owner.apps) if owner.app_enabled else owner.indoor

"""The group number of an owner: `**` before an apartment's or person's number (F089, F100, F101).

Pressing a name on a door rings the owner's apps, indoor monitors and the guard phones at the same
time, whatever the call type is; contact lists carry the group number for that.
"""

from typing import Final

from directory.kinds import GuardStage
from directory.queries.dial import DialOwner
from sipcore.b2bua.plan import Refusal
from sipcore.calls.apartment import AMBIGUOUS, at_gate, by_number
from sipcore.calls.chain import chain
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.owner import meant_owner
from sipcore.calls.stages import owner_stages

PREFIX = "**"
"""Dialled before the number; both characters need no escape in a SIP URI (RFC 3261 §25.1)."""

_HOUSEHOLD: Final = chain(("app", "indoor"))
_WITH_GUARDS: Final = chain(("app", "indoor", "guard"))


def owner_group(dialling: Dialling) -> Meant | Refusal | None:
    """The owner of `**1001`, `**2*1001` or `**<external id>`; None for any other number."""
    if not dialling.dialled.startswith(PREFIX):
        return None
    number = dialling.dialled.removeprefix(PREFIX)
    found = _owners(Dialling(dialling.caller, dialling.site, number))
    if not found:
        return None
    if len(found) > 1:
        return dialling.refuse(484, AMBIGUOUS)
    return meant_owner(dialling, found[0], _ring)


def _ring(inquiry: Inquiry, owner: DialOwner) -> Answer:
    site = inquiry.site
    place = owner.ringing.guard_stage or site.guard_stage
    with_guard = bool(site.guards) and inquiry.is_visit and place != GuardStage.NEVER
    return inquiry.plan(
        "owner_group",
        owner_stages(inquiry, owner, _WITH_GUARDS if with_guard else _HOUSEHOLD),
        callee=owner.display,
        apartment_id=owner.apartment_id,
        own=owner.ringing,
    )


def _owners(dialling: Dialling) -> tuple[DialOwner, ...]:
    gate = at_gate(dialling)
    if gate is not None:
        return (gate,)
    apartments = by_number(dialling)
    if apartments:
        return apartments
    person = dialling.site.people.get(dialling.dialled)
    return () if person is None else (person,)
